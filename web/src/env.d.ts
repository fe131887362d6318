declare module 'virtual:possible-types' {
  const possibleTypes: Record<string, string[]>
  export default possibleTypes
}

declare module '*.vue' {
  import type { DefineComponent } from 'vue'
  const component: DefineComponent
  export default component
}
