import {
  Banknote,
  BookOpen,
  Briefcase,
  Car,
  FileText,
  Folder,
  GraduationCap,
  HeartPulse,
  House,
  Landmark,
  Plane,
  Receipt,
  ScrollText,
  ShieldCheck,
  Users,
  Wrench,
} from '@lucide/vue'
import type { Component } from 'vue'

/** By the names that are kept; another client may know more. */
export const ICONS: Record<string, Component> = {
  folder: Folder,
  receipt: Receipt,
  banknote: Banknote,
  landmark: Landmark,
  'scroll-text': ScrollText,
  'file-text': FileText,
  'heart-pulse': HeartPulse,
  'shield-check': ShieldCheck,
  house: House,
  car: Car,
  plane: Plane,
  briefcase: Briefcase,
  'graduation-cap': GraduationCap,
  users: Users,
  wrench: Wrench,
  'book-open': BookOpen,
}
export const iconOf = (name: string | null): Component => ICONS[name ?? ''] ?? Folder

/** Tell well from each other, and stand out in both themes. */
export const COLORS: readonly { value: string; label: string }[] = [
  { value: '#4f46e5', label: 'Indigo' },
  { value: '#0284c7', label: 'Blue' },
  { value: '#0d9488', label: 'Teal' },
  { value: '#16a34a', label: 'Green' },
  { value: '#ca8a04', label: 'Yellow' },
  { value: '#ea580c', label: 'Orange' },
  { value: '#dc2626', label: 'Red' },
  { value: '#c026d3', label: 'Magenta' },
]
