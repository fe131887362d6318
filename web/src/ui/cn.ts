import { twMerge, type ClassNameValue } from 'tailwind-merge'

/** Joins classes; where two speak about the same property, the later one holds. */
export const cn = (...classes: ClassNameValue[]): string => twMerge(classes)
