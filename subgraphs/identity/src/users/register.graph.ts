import { DomainError, InvalidInputError, RateLimitedError } from '@archivolt/kit/errors/domain-error'
import { EmailNotVerifiedError } from '../emails/email.errors.ts'
import { builder } from '../graph/builder.ts'
import { deviceOf, grant, signedInPayload } from '../sessions/session.graph.ts'
import { EmailTakenError, RegistrationClosedError } from './user.errors.ts'

builder.objectType(EmailTakenError, { name: 'EmailTakenError', interfaces: [DomainError] })
builder.objectType(RegistrationClosedError, { name: 'RegistrationClosedError', interfaces: [DomainError] })

const RegisterInput = builder.inputType('RegisterInput', {
  fields: (t) => ({
    email: t.string({ required: true }),
    password: t.string({ required: true, description: 'Up to 128 characters of any script.' }),
    name: t.string({ required: true }),
  }),
})

const RegisterSuccess = signedInPayload('RegisterSuccess')

builder.mutationField('register', (t) =>
  t.field({
    type: RegisterSuccess,
    authScopes: { public: true },
    description:
      'Opens an account and signs in; also sets the refresh cookie. Where addresses must be verified first, the answer is `EmailNotVerifiedError`, also for an address that has an account.',
    args: { input: t.arg({ type: RegisterInput, required: true }) },
    errors: {
      types: [InvalidInputError, EmailTakenError, EmailNotVerifiedError, RegistrationClosedError, RateLimitedError],
    },
    resolve: async (_root, { input }, context) =>
      grant(context, await context.usecases.register(input, deviceOf(context))),
  }),
)
