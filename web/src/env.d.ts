declare module 'virtual:possible-types' {
  const possibleTypes: Record<string, string[]>
  export default possibleTypes
}
