import {
  DomainError,
  InvalidInputError,
  RateLimitedError,
  StepUpRequiredError,
} from '@archivolt/kit/errors/domain-error'
import { EmailNotVerifiedError } from '../emails/email.errors.ts'
import { builder } from '../graph/builder.ts'
import { InvalidCredentialsError } from '../sessions/session.errors.ts'
import { deviceOf, grant, isOwn, signedInPayload } from '../sessions/session.graph.ts'
import { ChallengeExpiredError, InvalidCodeError, TwoFactorStateError } from './two-factor.errors.ts'
import type { TotpSetup } from './usecases/begin-totp-setup.ts'

builder.objectType(InvalidCodeError, { name: 'InvalidCodeError', interfaces: [DomainError] })
builder.objectType(ChallengeExpiredError, { name: 'ChallengeExpiredError', interfaces: [DomainError] })
builder.objectType(TwoFactorStateError, { name: 'TwoFactorStateError', interfaces: [DomainError] })

const TwoFactor = builder.objectRef<{ enabledAt: Date | null; backupCodesLeft: number }>('TwoFactor').implement({
  description: 'The second factor of an account.',
  fields: (t) => ({
    enabled: t.boolean({ resolve: (factor) => factor.enabledAt !== null }),
    enabledAt: t.expose('enabledAt', { type: 'DateTime', nullable: true }),
    backupCodesLeft: t.exposeInt('backupCodesLeft'),
  }),
})

builder.prismaObjectField('User', 'twoFactor', (t) =>
  t.field({
    type: TwoFactor,
    nullable: true,
    description: 'Seen by the person alone.',
    authScopes: (user, _args, context) => isOwn(user.id, context),
    select: { totp: { select: { confirmedAt: true } }, backupCodes: { where: { usedAt: null }, take: 10 } },
    resolve: (user) => ({ enabledAt: user.totp?.confirmedAt ?? null, backupCodesLeft: user.backupCodes.length }),
  }),
)

const CODE = { required: true, description: 'Six digits of the authenticator app, or a backup code.' } as const
const VerifyTwoFactorInput = builder.inputType('VerifyTwoFactorInput', {
  fields: (t) => ({
    challengeId: t.id({ required: true, description: 'As `login` gave it.' }),
    code: t.string(CODE),
  }),
})
const ConfirmTotpSetupInput = builder.inputType('ConfirmTotpSetupInput', {
  fields: (t) => ({ code: t.string({ required: true, description: 'Six digits of the app.' }) }),
})
const DisableTotpInput = builder.inputType('DisableTotpInput', {
  fields: (t) => ({
    password: t.string({ required: true }),
    code: t.string(CODE),
  }),
})

const BeginTotpSetupSuccess = builder.objectRef<TotpSetup>('BeginTotpSetupSuccess').implement({
  fields: (t) => ({
    secret: t.exposeString('secret', { description: 'Base32, to be typed in where there is no camera.' }),
    uri: t.exposeString('uri', { description: '`otpauth://totp/…`, to be drawn as a QR code by the client itself.' }),
  }),
})
const codesPayload = (name: string) =>
  builder.objectRef<{ backupCodes: string[] }>(name).implement({
    fields: (t) => ({
      backupCodes: t.exposeStringList('backupCodes', {
        description: 'Ten codes, each for one sign-in without the app. They are never shown again.',
      }),
    }),
  })
const DisableTotpSuccess = builder.objectRef<{ enabled: boolean }>('DisableTotpSuccess').implement({
  fields: (t) => ({ enabled: t.exposeBoolean('enabled') }),
})

builder.mutationFields((t) => ({
  verifyTwoFactor: t.field({
    type: signedInPayload('VerifyTwoFactorSuccess'),
    description: 'Ends a sign-in with the second factor; also sets the refresh cookie.',
    authScopes: { public: true },
    args: { input: t.arg({ type: VerifyTwoFactorInput, required: true }) },
    errors: { types: [InvalidCodeError, ChallengeExpiredError, EmailNotVerifiedError, RateLimitedError] },
    resolve: async (_root, { input }, context) =>
      grant(context, await context.usecases.verifyTwoFactor(input, deviceOf(context))),
  }),
  beginTotpSetup: t.withAuth({ session: true }).field({
    type: BeginTotpSetupSuccess,
    description: 'Makes a secret for an authenticator app; `confirmTotpSetup` turns it on.',
    errors: { types: [TwoFactorStateError, StepUpRequiredError] },
    resolve: (_root, _args, { usecases, viewer }) => usecases.beginTotpSetup(viewer),
  }),
  confirmTotpSetup: t.withAuth({ session: true }).field({
    type: codesPayload('ConfirmTotpSetupSuccess'),
    description: 'Turns two-factor sign-in on.',
    args: { input: t.arg({ type: ConfirmTotpSetupInput, required: true }) },
    errors: { types: [InvalidCodeError, TwoFactorStateError, StepUpRequiredError, RateLimitedError] },
    resolve: async (_root, { input }, context) => ({
      backupCodes: await context.usecases.confirmTotpSetup(input.code, context.viewer, deviceOf(context)),
    }),
  }),
  disableTotp: t.withAuth({ session: true }).field({
    type: DisableTotpSuccess,
    description: 'Turns two-factor sign-in off, with both factors.',
    args: { input: t.arg({ type: DisableTotpInput, required: true }) },
    errors: {
      types: [InvalidCodeError, InvalidCredentialsError, InvalidInputError, TwoFactorStateError, RateLimitedError],
    },
    resolve: async (_root, { input }, context) => {
      await context.usecases.disableTotp(input, context.viewer, deviceOf(context))
      return { enabled: false }
    },
  }),
  regenerateBackupCodes: t.withAuth({ session: true }).field({
    type: codesPayload('RegenerateBackupCodesSuccess'),
    description: 'Makes ten new backup codes; the old ones no longer work.',
    errors: { types: [TwoFactorStateError, StepUpRequiredError] },
    resolve: async (_root, _args, context) => ({
      backupCodes: await context.usecases.regenerateBackupCodes(context.viewer, deviceOf(context)),
    }),
  }),
}))
