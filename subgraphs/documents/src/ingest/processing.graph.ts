import type { Document, ProcessingStep } from '../../prisma/client/client.ts'
import { DocumentRef } from '../documents/document.graph.ts'
import { builder } from '../graph/builder.ts'
import { IngestStepEnum } from './ingest-step.graph.ts'
import { STEPS } from './steps.ts'

const StepStateEnum = builder.enumType('StepState', {
  values: {
    WAITING: { description: 'For its turn, or for the next try; `note` then says what went wrong.' },
    RUNNING: {},
    DONE: { description: '`note` says what was left out, if anything was.' },
    SKIPPED: { description: 'There was nothing to do, or an earlier step failed.' },
    FAILED: { description: '`note` says why.' },
  } as const,
})

const ProcessingStepRef = builder.objectRef<ProcessingStep>('ProcessingStep').implement({
  fields: (t) => ({
    step: t.field({ type: IngestStepEnum, resolve: (row) => row.step }),
    state: t.field({ type: StepStateEnum, resolve: (row) => row.state }),
    attempts: t.exposeInt('attempts', { description: 'Turns taken at it in this go.' }),
    note: t.exposeString('note', { nullable: true, description: 'One sentence for the owner.' }),
    endedAt: t.expose('endedAt', { type: 'DateTime', nullable: true }),
  }),
})

const ProcessingRef = builder
  .objectRef<{ document: Document; steps: ProcessingStep[] }>('DocumentProcessing')
  .implement({
    description: 'How far a document has been read in, step by step.',
    fields: (t) => ({
      step: t.field({
        type: IngestStepEnum,
        nullable: true,
        description: 'The step that is under way, or by which the document failed.',
        resolve: ({ document }) => document.step,
      }),
      reason: t.string({
        nullable: true,
        description: 'Why the document failed.',
        resolve: ({ document }) => document.failure,
      }),
      steps: t.field({ type: [ProcessingStepRef], resolve: ({ steps }) => steps }),
    }),
  })

builder.objectFields(DocumentRef, (t) => ({
  processing: t.field({
    type: ProcessingRef,
    resolve: async (document, _args, { loaders }) => {
      const steps = await loaders.steps.load(document.id)
      return { document, steps: steps.toSorted((a, b) => STEPS.indexOf(a.step) - STEPS.indexOf(b.step)) }
    },
  }),
}))
