import { DomainError } from '@archivolt/kit/errors/domain-error'
import { CategoryExistsError } from '../categories/category.errors.ts'
import { InTrashError, NotAllowedError } from '../documents/document.errors.ts'
import { LinkNotFoundError, LinkPasswordError } from '../shares/share.errors.ts'
import { builder } from './builder.ts'

const asError = { interfaces: [DomainError] }
builder.objectType(NotAllowedError, { name: 'NotAllowedError', ...asError })
builder.objectType(InTrashError, { name: 'InTrashError', ...asError })
builder.objectType(CategoryExistsError, { name: 'CategoryExistsError', ...asError })
builder.objectType(LinkNotFoundError, { name: 'LinkNotFoundError', ...asError })
builder.objectType(LinkPasswordError, { name: 'LinkPasswordError', ...asError })
