import { DomainError, RateLimitedError } from '@archivolt/kit/errors/domain-error'
import { builder } from '../graph/builder.ts'
import type { Context } from '../graph/context.ts'
import { UserRef } from '../users/user.graph.ts'
import { InvalidCredentialsError, SessionEndedError, TwoFactorRequired } from './session.errors.ts'
import type { Device, OpenedSession } from './usecases/open-session.ts'

builder.objectType(InvalidCredentialsError, { name: 'InvalidCredentialsError', interfaces: [DomainError] })
builder.objectType(SessionEndedError, { name: 'SessionEndedError', interfaces: [DomainError] })
builder.objectType(TwoFactorRequired, {
  name: 'TwoFactorRequired',
  description: 'The password is right; the account asks for its second factor.',
  fields: (t) => ({ challengeId: t.exposeID('challengeId') }),
})

/** The device behind a call, as the gateway saw it. */
export function deviceOf(context: Context): Device {
  return context.identity.client
}

/** What a person gets who has just signed in, under the name that its mutation asks for. */
export const signedInPayload = (name: string) =>
  builder.objectRef<OpenedSession>(name).implement({
    fields: (t) => ({
      accessToken: t.exposeString('accessToken', {
        description: 'Sent as `authorization: Bearer …`; keep it in memory only.',
      }),
      expiresAt: t.expose('expiresAt', { type: 'DateTime' }),
      user: t.field({ type: UserRef, resolve: (session) => ({ ...session.user, self: true }) }),
    }),
  })

const LoginInput = builder.inputType('LoginInput', {
  fields: (t) => ({ email: t.string({ required: true }), password: t.string({ required: true }) }),
})

const LogoutSuccess = builder.objectRef<{ signedOut: boolean }>('LogoutSuccess').implement({
  fields: (t) => ({ signedOut: t.exposeBoolean('signedOut') }),
})

builder.mutationFields((t) => ({
  login: t.field({
    type: signedInPayload('LoginSuccess'),
    description: 'Signs in; also sets the refresh cookie.',
    authScopes: { public: true },
    args: { input: t.arg({ type: LoginInput, required: true }) },
    errors: { types: [TwoFactorRequired, InvalidCredentialsError, RateLimitedError] },
    resolve: async (_root, { input }, context) => {
      const opened = await context.usecases.login(input, deviceOf(context))
      context.setCookie(opened.cookie)
      return opened
    },
  }),
  refreshSession: t.field({
    type: signedInPayload('RefreshSessionSuccess'),
    description: 'Trades the refresh cookie for a new access token and a new cookie.',
    authScopes: { public: true },
    errors: { types: [SessionEndedError] },
    resolve: async (_root, _args, context) => {
      try {
        const opened = await context.usecases.refreshSession(context.cookie)
        context.setCookie(opened.cookie)
        return opened
      } catch (error) {
        if (error instanceof SessionEndedError) context.setCookie(context.usecases.clearCookie())
        throw error
      }
    },
  }),
  logout: t.field({
    type: LogoutSuccess,
    description: 'Ends this session everywhere at once and clears the refresh cookie.',
    authScopes: { public: true },
    errors: { types: [SessionEndedError] },
    resolve: async (_root, _args, context) => {
      context.setCookie(context.usecases.clearCookie())
      await context.usecases.logout(context.viewer, context.cookie)
      return { signedOut: true }
    },
  }),
}))
