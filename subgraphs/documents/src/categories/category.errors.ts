import { DomainError } from '@archivolt/kit/errors/domain-error'

export class CategoryExistsError extends DomainError {
  constructor() {
    super('documents.category.exists', 'There is a category of this name here already.')
  }
}
