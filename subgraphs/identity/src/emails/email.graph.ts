import {
  DomainError,
  InvalidInputError,
  RateLimitedError,
  StepUpRequiredError,
} from '@archivolt/kit/errors/domain-error'
import { builder } from '../graph/builder.ts'
import { deviceOf, isOwn } from '../sessions/session.graph.ts'
import { EmailNotVerifiedError, LinkExpiredError } from './email.errors.ts'

builder.objectType(EmailNotVerifiedError, { name: 'EmailNotVerifiedError', interfaces: [DomainError] })
builder.objectType(LinkExpiredError, { name: 'LinkExpiredError', interfaces: [DomainError] })

builder.prismaObjectField('User', 'emailVerified', (t) =>
  t.boolean({
    nullable: true,
    description: 'Whether a link sent to the address was opened. Seen by the person and by administrators.',
    authScopes: { public: true },
    select: { emailVerifiedAt: true },
    resolve: (user, _args, context) =>
      isOwn(user.id, context) || context.viewer?.role === 'ADMIN' ? user.emailVerifiedAt !== null : null,
  }),
)

const VerifyEmailInput = builder.inputType('VerifyEmailInput', {
  fields: (t) => ({ token: t.string({ required: true }) }),
})
const RequestEmailVerificationInput = builder.inputType('RequestEmailVerificationInput', {
  fields: (t) => ({ email: t.string({ required: true }) }),
})
const RequestEmailChangeInput = builder.inputType('RequestEmailChangeInput', {
  fields: (t) => ({ email: t.string({ required: true, description: 'The new address.' }) }),
})
const ConfirmEmailChangeInput = builder.inputType('ConfirmEmailChangeInput', {
  fields: (t) => ({ token: t.string({ required: true }) }),
})

const acceptedPayload = (name: string) =>
  builder.objectRef<{ accepted: boolean }>(name).implement({
    fields: (t) => ({ accepted: t.exposeBoolean('accepted') }),
  })
const VerifyEmailSuccess = builder.objectRef<{ verified: boolean }>('VerifyEmailSuccess').implement({
  fields: (t) => ({ verified: t.exposeBoolean('verified') }),
})
const ConfirmEmailChangeSuccess = builder.objectRef<{ changed: boolean }>('ConfirmEmailChangeSuccess').implement({
  fields: (t) => ({
    changed: t.exposeBoolean('changed', { description: 'False until the other address has agreed too.' }),
  }),
})

builder.mutationFields((t) => ({
  verifyEmail: t.field({
    type: VerifyEmailSuccess,
    authScopes: { public: true },
    args: { input: t.arg({ type: VerifyEmailInput, required: true }) },
    errors: { types: [LinkExpiredError, RateLimitedError] },
    resolve: async (_root, { input }, context) => {
      await context.usecases.verifyEmail(input.token, deviceOf(context))
      return { verified: true }
    },
  }),
  requestEmailVerification: t.field({
    type: acceptedPayload('RequestEmailVerificationSuccess'),
    authScopes: { public: true },
    description: 'Has the link sent again if the address awaits it. The answer is the same if not.',
    args: { input: t.arg({ type: RequestEmailVerificationInput, required: true }) },
    errors: { types: [InvalidInputError, RateLimitedError] },
    resolve: async (_root, { input }, context) => {
      await context.usecases.requestLink('VERIFY_EMAIL', input.email, deviceOf(context))
      return { accepted: true }
    },
  }),
  requestEmailChange: t.withAuth({ session: true }).field({
    type: acceptedPayload('RequestEmailChangeSuccess'),
    description: 'Sends a link to the present and one to the new address; the change is made when both were opened.',
    args: { input: t.arg({ type: RequestEmailChangeInput, required: true }) },
    errors: { types: [InvalidInputError, StepUpRequiredError, RateLimitedError] },
    resolve: async (_root, { input }, context) => {
      await context.usecases.requestEmailChange(input.email, context.viewer, deviceOf(context))
      return { accepted: true }
    },
  }),
  confirmEmailChange: t.field({
    type: ConfirmEmailChangeSuccess,
    authScopes: { public: true },
    args: { input: t.arg({ type: ConfirmEmailChangeInput, required: true }) },
    errors: { types: [LinkExpiredError, RateLimitedError] },
    resolve: async (_root, { input }, context) => ({
      changed: await context.usecases.confirmEmailChange(input.token, deviceOf(context)),
    }),
  }),
}))
