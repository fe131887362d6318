import { Boxes, Cloud, Globe, HardDrive, Server } from '@lucide/vue'
import type { Component } from 'vue'
import type { PlaceInput } from '../place-documents.ts'

export type Driver = PlaceInput['driver']
type Config = PlaceInput['config']
type Member = keyof Config

export interface DriverField<Name extends string = string> {
  name: Name
  label: string
  hint?: string
  placeholder?: string
  kind?: 'text' | 'url' | 'yes-no'
  /** Never shown again once it is kept, so an empty field means "as it is" when a place is edited. */
  sealed?: boolean
  /** Not even shown while it is typed. */
  masked?: boolean
  required?: boolean
  /** Seldom needed: folded away at first. */
  more?: boolean
  /** How a card tells the value, where that is not the value itself. */
  tell?: (value: string) => string
}

export interface DriverForm {
  label: string
  icon: Component
  /** The member of the configuration that belongs to the driver. */
  member: Member
  fields: readonly DriverField[]
}

const yesOrNo = (value: string) => (value === 'true' ? 'Yes' : 'No')
const folder = (root: string) => (/^(\/|[a-z]:|\\)/i.test(root) ? root : `${root}, below the vault’s data`)

/** Ties the names of the fields to those of the contract. */
const form = <M extends Member>(
  member: M,
  rest: {
    label: string
    icon: Component
    fields: DriverField<keyof NonNullable<Config[M]> & string>[]
  },
): DriverForm => ({ member, ...rest })

/** Every kind of place and what it wants to know: a new driver is one entry here, and its form and cards follow. */
export const DRIVERS: Record<Driver, DriverForm> = {
  LOCAL: form('local', {
    label: 'Folder on the server',
    icon: HardDrive,
    fields: [
      {
        name: 'root',
        label: 'Folder',
        hint: 'On the machine that runs the vault. A relative one lies below the vault’s data.',
        placeholder: '/mnt/archive/vault',
        tell: folder,
        required: true,
      },
    ],
  }),
  S3: form('s3', {
    label: 'S3 bucket',
    icon: Boxes,
    fields: [
      {
        name: 'endpoint',
        label: 'Endpoint',
        hint: 'Leave it out for AWS itself.',
        placeholder: 'https://s3.example.com',
        kind: 'url',
      },
      { name: 'region', label: 'Region', hint: 'us-east-1 unless given.', placeholder: 'us-east-1' },
      { name: 'bucket', label: 'Bucket', placeholder: 'vault', required: true },
      { name: 'prefix', label: 'Prefix', hint: 'What all names in the bucket begin with.', more: true },
      { name: 'accessKey', label: 'Access key', sealed: true, required: true },
      { name: 'secretKey', label: 'Secret key', sealed: true, masked: true, required: true },
      {
        name: 'publicEndpoint',
        label: 'Public endpoint',
        hint: 'Where browsers reach the same service, to send and fetch files there directly. Name it in BYTE_ORIGINS, too.',
        placeholder: 'https://files.example.com',
        kind: 'url',
        more: true,
      },
      {
        name: 'forcePathStyle',
        label: 'Bucket is part of the path',
        hint: 'Rather than of the host’s name. By default so with an endpoint.',
        kind: 'yes-no',
        tell: yesOrNo,
        more: true,
      },
    ],
  }),
  WEBDAV: form('webdav', {
    label: 'WebDAV server',
    icon: Globe,
    fields: [
      { name: 'url', label: 'Address', placeholder: 'https://dav.example.com/files', kind: 'url', required: true },
      { name: 'root', label: 'Folder', hint: 'Below the address; made at the first file.', placeholder: 'vault' },
      { name: 'username', label: 'User name', sealed: true, required: true },
      { name: 'password', label: 'Password', sealed: true, masked: true, required: true },
    ],
  }),
  NEXTCLOUD: form('nextcloud', {
    label: 'Nextcloud',
    icon: Cloud,
    fields: [
      {
        name: 'url',
        label: 'Address',
        hint: 'As you type it into a browser.',
        placeholder: 'https://cloud.example.com',
        kind: 'url',
        required: true,
      },
      { name: 'root', label: 'Folder', hint: 'Made when absent; Archivolt unless given.', placeholder: 'Archivolt' },
      { name: 'username', label: 'User name', sealed: true, required: true },
      {
        name: 'appPassword',
        label: 'App password',
        hint: 'From the account’s security settings, made for this vault alone.',
        sealed: true,
        masked: true,
        required: true,
      },
    ],
  }),
}

/** Also for a driver that the server knows and this client does not yet. */
export function driverForm(driver: string): Omit<DriverForm, 'member'> {
  return (DRIVERS as Record<string, DriverForm | undefined>)[driver] ?? { label: driver, icon: Server, fields: [] }
}
