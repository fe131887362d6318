import { builder } from '../graph/builder.ts'

export const IngestStepEnum = builder.enumType('IngestStep', {
  values: {
    VERIFY: { description: 'Finds out by its bytes what the file really is.' },
    TEXT: { description: 'Reads what is in the file as text.' },
    OCR: { description: 'Reads pages that are pictures.' },
    INDEX: { description: 'Makes the text findable.' },
    PREVIEW: { description: 'Draws the first pages. A document is READY without it.' },
  } as const,
})
