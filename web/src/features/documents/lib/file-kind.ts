import {
  File,
  FileArchive,
  FileAudio,
  FileCode,
  FileImage,
  FileSpreadsheet,
  FileText,
  FileVideo,
  Mail,
} from '@lucide/vue'
import type { Component } from 'vue'

interface FileKind {
  name: string
  icon: Component
}

const KINDS: [RegExp, FileKind][] = [
  [/^application\/pdf$/, { name: 'PDF', icon: FileText }],
  [/^image\//, { name: 'Image', icon: FileImage }],
  [/^audio\//, { name: 'Audio', icon: FileAudio }],
  [/^video\//, { name: 'Video', icon: FileVideo }],
  [/spreadsheet|excel|csv/, { name: 'Spreadsheet', icon: FileSpreadsheet }],
  [/wordprocessing|msword|opendocument\.text|rtf/, { name: 'Text document', icon: FileText }],
  [/presentation|powerpoint/, { name: 'Presentation', icon: FileText }],
  [/^message\/|outlook/, { name: 'Mail', icon: Mail }],
  [/zip|tar|gzip|7z|rar/, { name: 'Archive', icon: FileArchive }],
  [/json|xml|html|javascript/, { name: 'Code', icon: FileCode }],
  [/^text\//, { name: 'Text', icon: FileText }],
]

export function fileKind(contentType: string | undefined): FileKind {
  const found = contentType && KINDS.find(([pattern]) => pattern.test(contentType))
  return found ? found[1] : { name: 'File', icon: File }
}
