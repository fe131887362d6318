declare module 'virtual:schema-shape' {
  /** The object types that an interface or union stands for. */
  export const possibleTypes: Record<string, string[]>
  /** Object types without an identity of their own. */
  export const embedded: string[]
}
