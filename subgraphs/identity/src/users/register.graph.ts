import { DomainError, InvalidInputError, RateLimitedError } from '@archivolt/kit/errors/domain-error'
import { builder } from '../graph/builder.ts'
import { deviceOf, signedInPayload } from '../sessions/session.graph.ts'
import { EmailTakenError, RegistrationClosedError } from './user.errors.ts'

builder.objectType(EmailTakenError, { name: 'EmailTakenError', interfaces: [DomainError] })
builder.objectType(RegistrationClosedError, { name: 'RegistrationClosedError', interfaces: [DomainError] })

const RegisterInput = builder.inputType('RegisterInput', {
  fields: (t) => ({
    email: t.string({ required: true }),
    password: t.string({ required: true, description: 'At least 12 characters of any script.' }),
    name: t.string({ required: true }),
  }),
})

const RegisterSuccess = signedInPayload('RegisterSuccess')

builder.mutationField('register', (t) =>
  t.field({
    type: RegisterSuccess,
    authScopes: { public: true },
    description: 'Opens an account and signs in; also sets the refresh cookie.',
    args: { input: t.arg({ type: RegisterInput, required: true }) },
    errors: { types: [InvalidInputError, EmailTakenError, RegistrationClosedError, RateLimitedError] },
    resolve: async (_root, { input }, context) => {
      const opened = await context.usecases.register(input, deviceOf(context))
      context.setCookie(opened.cookie)
      return opened
    },
  }),
)
