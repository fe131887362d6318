import { DomainError, NotFoundError, RateLimitedError } from '@archivolt/kit/errors/domain-error'
import { fromGlobalId, toGlobalId } from '@archivolt/kit/graph/global-id'
import { EmailNotVerifiedError } from '../emails/email.errors.ts'
import { builder } from '../graph/builder.ts'
import type { Context } from '../graph/context.ts'
import { InvalidCodeError } from '../two-factor/two-factor.errors.ts'
import { UserRef } from '../users/user.graph.ts'
import { hashDevice, type Device } from './device.ts'
import { InvalidCredentialsError, SessionEndedError, TwoFactorRequired } from './session.errors.ts'
import { deviceName, type OpenedSession } from './usecases/open-session.ts'

builder.objectType(InvalidCredentialsError, { name: 'InvalidCredentialsError', interfaces: [DomainError] })
builder.objectType(SessionEndedError, { name: 'SessionEndedError', interfaces: [DomainError] })
builder.objectType(TwoFactorRequired, {
  name: 'TwoFactorRequired',
  description: 'The password is right; the account asks for its second factor.',
  fields: (t) => ({
    challengeId: t.exposeID('challengeId', { description: 'For `verifyTwoFactor`, within five minutes.' }),
  }),
})

/** The device behind a call, as the gateway saw it. */
export function deviceOf(context: Context): Device {
  const { client, requestId } = context.identity
  return { ...client, requestId, hash: hashDevice(context.usecases.deviceCookie(context.cookie)) }
}

/** Whether a row about a person is asked for by that person, signed in themselves. */
export const isOwn = (userId: string, { viewer }: Context): boolean =>
  viewer !== null && viewer.userId === userId && viewer.scopes === null

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

/** Hands the cookies of a new session to the browser. */
export function grant(context: Context, opened: OpenedSession): OpenedSession {
  for (const cookie of opened.cookies) context.setCookie(cookie)
  return opened
}

builder.prismaObject('Session', {
  description: 'One sign-in on one device.',
  fields: (t) => ({
    id: t.id({ resolve: (session) => toGlobalId('Session', session.id) }),
    device: t.string({
      description: 'Browser and system, such as “Firefox on Linux”.',
      resolve: (session) => deviceName(session.userAgent),
    }),
    userAgent: t.exposeString('userAgent'),
    ip: t.exposeString('ip', { description: 'Where it was opened from.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    lastUsedAt: t.expose('rotatedAt', { type: 'DateTime', description: 'To a quarter of an hour.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Without any use until then.' }),
    current: t.boolean({
      description: 'Whether it is the one that asks.',
      resolve: (session, _args, { viewer }) => session.id === viewer?.sessionId,
    }),
  }),
})

builder.prismaObjectField('User', 'sessions', (t) =>
  t.relatedConnection('sessions', {
    cursor: 'id',
    nullable: true,
    description: 'Where the person is signed in, newest first. Seen by the person alone.',
    authScopes: (user, _args, context) => isOwn(user.id, context),
    query: (_args, { usecases }) => ({
      where: { endedAt: null, expiresAt: { gt: new Date(usecases.now()) } },
      orderBy: { id: 'desc' },
    }),
  }),
)

const LoginInput = builder.inputType('LoginInput', {
  fields: (t) => ({ email: t.string({ required: true }), password: t.string({ required: true }) }),
})
const EndSessionInput = builder.inputType('EndSessionInput', {
  fields: (t) => ({ sessionId: t.id({ required: true }) }),
})
const ReauthenticateInput = builder.inputType('ReauthenticateInput', {
  fields: (t) => ({
    password: t.string({ required: true }),
    code: t.string({ description: 'Where two-factor sign-in is on: a code of the app, or a backup code.' }),
  }),
})

const LogoutSuccess = builder.objectRef<{ signedOut: boolean }>('LogoutSuccess').implement({
  fields: (t) => ({ signedOut: t.exposeBoolean('signedOut') }),
})
const LogoutEverywhereSuccess = builder.objectRef<{ endedSessions: number }>('LogoutEverywhereSuccess').implement({
  fields: (t) => ({ endedSessions: t.exposeInt('endedSessions') }),
})
const EndSessionSuccess = builder.objectRef<{ sessionId: string }>('EndSessionSuccess').implement({
  fields: (t) => ({ sessionId: t.exposeID('sessionId') }),
})
const ReauthenticateSuccess = builder.objectRef<{ validUntil: Date }>('ReauthenticateSuccess').implement({
  fields: (t) => ({ validUntil: t.expose('validUntil', { type: 'DateTime' }) }),
})

builder.mutationFields((t) => ({
  login: t.field({
    type: signedInPayload('LoginSuccess'),
    description: 'Signs in; also sets the refresh cookie.',
    authScopes: { public: true },
    args: { input: t.arg({ type: LoginInput, required: true }) },
    errors: { types: [TwoFactorRequired, InvalidCredentialsError, EmailNotVerifiedError, RateLimitedError] },
    resolve: async (_root, { input }, context) =>
      grant(context, await context.usecases.login(input, deviceOf(context))),
  }),
  refreshSession: t.field({
    type: signedInPayload('RefreshSessionSuccess'),
    description: 'Trades the refresh cookie for a new access token and a new cookie.',
    authScopes: { public: true },
    errors: { types: [SessionEndedError] },
    resolve: async (_root, _args, context) => {
      try {
        return grant(context, await context.usecases.refreshSession(context.cookie, deviceOf(context)))
      } catch (error) {
        if (error instanceof SessionEndedError) context.setCookie(context.usecases.clearCookie())
        throw error
      }
    },
  }),
  reauthenticate: t.withAuth({ session: true }).field({
    type: ReauthenticateSuccess,
    description: 'Proves again who is there, without a new session: sensitive changes are open for a while after it.',
    args: { input: t.arg({ type: ReauthenticateInput, required: true }) },
    errors: { types: [InvalidCredentialsError, InvalidCodeError, RateLimitedError] },
    resolve: async (_root, { input }, context) => ({
      validUntil: await context.usecases.reauthenticate(input, context.viewer, deviceOf(context)),
    }),
  }),
  logout: t.field({
    type: LogoutSuccess,
    description: 'Ends this session everywhere at once and clears the refresh cookie.',
    authScopes: { public: true },
    errors: { types: [SessionEndedError] },
    resolve: async (_root, _args, context) => {
      context.setCookie(context.usecases.clearCookie())
      // A token is no session: it is revoked, not signed out.
      const viewer = context.viewer?.scopes === null ? context.viewer : null
      await context.usecases.logout(viewer, context.cookie, deviceOf(context))
      return { signedOut: true }
    },
  }),
  logoutEverywhere: t.withAuth({ session: true }).field({
    type: LogoutEverywhereSuccess,
    description: 'Ends all sessions of the person, this one too, everywhere at once. API tokens stay.',
    errors: { types: [SessionEndedError] },
    resolve: async (_root, _args, context) => {
      context.setCookie(context.usecases.clearCookie())
      return { endedSessions: await context.usecases.logoutEverywhere(context.viewer, deviceOf(context)) }
    },
  }),
  endSession: t.withAuth({ session: true }).field({
    type: EndSessionSuccess,
    description: "Ends one of the person's own sessions everywhere at once.",
    args: { input: t.arg({ type: EndSessionInput, required: true }) },
    errors: { types: [NotFoundError] },
    resolve: async (_root, { input }, context) => {
      const id = fromGlobalId('Session', input.sessionId)
      if (!id) throw new NotFoundError('This session')
      await context.usecases.endSession(id, context.viewer, deviceOf(context))
      return { sessionId: input.sessionId }
    },
  }),
}))
