import { InvalidInputError, RateLimitedError, StepUpRequiredError } from '@archivolt/kit/errors/domain-error'
import { LinkExpiredError } from '../emails/email.errors.ts'
import { builder } from '../graph/builder.ts'
import { InvalidCredentialsError } from '../sessions/session.errors.ts'
import { deviceOf } from '../sessions/session.graph.ts'

const ChangePasswordInput = builder.inputType('ChangePasswordInput', {
  fields: (t) => ({ currentPassword: t.string({ required: true }), newPassword: t.string({ required: true }) }),
})
const RequestPasswordResetInput = builder.inputType('RequestPasswordResetInput', {
  fields: (t) => ({ email: t.string({ required: true }) }),
})
const ResetPasswordInput = builder.inputType('ResetPasswordInput', {
  fields: (t) => ({
    token: t.string({ required: true, description: 'What stands after `#token=` in the link.' }),
    password: t.string({ required: true, description: 'The new password.' }),
  }),
})

const ChangePasswordSuccess = builder.objectRef<{ endedSessions: number }>('ChangePasswordSuccess').implement({
  fields: (t) => ({
    endedSessions: t.exposeInt('endedSessions', { description: 'How many other sessions have ended.' }),
  }),
})
const RequestPasswordResetSuccess = builder.objectRef<{ accepted: boolean }>('RequestPasswordResetSuccess').implement({
  fields: (t) => ({ accepted: t.exposeBoolean('accepted') }),
})
const ResetPasswordSuccess = builder.objectRef<{ changed: boolean }>('ResetPasswordSuccess').implement({
  fields: (t) => ({ changed: t.exposeBoolean('changed') }),
})

builder.mutationFields((t) => ({
  changePassword: t.withAuth({ session: true }).field({
    type: ChangePasswordSuccess,
    description: 'Ends all other sessions of the person.',
    args: { input: t.arg({ type: ChangePasswordInput, required: true }) },
    errors: { types: [InvalidCredentialsError, InvalidInputError, StepUpRequiredError, RateLimitedError] },
    resolve: (_root, { input }, context) => context.usecases.changePassword(input, context.viewer, deviceOf(context)),
  }),
  requestPasswordReset: t.field({
    type: RequestPasswordResetSuccess,
    authScopes: { public: true },
    description: 'Has a link sent to the address if it has an account. The answer is the same if not.',
    args: { input: t.arg({ type: RequestPasswordResetInput, required: true }) },
    errors: { types: [InvalidInputError, RateLimitedError] },
    resolve: async (_root, { input }, context) => {
      await context.usecases.requestLink('RESET_PASSWORD', input.email, deviceOf(context))
      return { accepted: true }
    },
  }),
  resetPassword: t.field({
    type: ResetPasswordSuccess,
    authScopes: { public: true },
    description: 'Uses the link up, ends every session, and signs nobody in.',
    args: { input: t.arg({ type: ResetPasswordInput, required: true }) },
    errors: { types: [LinkExpiredError, InvalidInputError, RateLimitedError] },
    resolve: async (_root, { input }, context) => {
      for (const cookie of await context.usecases.resetPassword(input, deviceOf(context))) context.setCookie(cookie)
      return { changed: true }
    },
  }),
}))
