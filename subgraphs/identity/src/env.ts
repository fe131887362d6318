import { commonEnv, databaseEnv, perService, serviceUrls } from '@archivolt/kit/env/common'
import { readEnv } from '@archivolt/kit/env/read-env'
import { z } from 'zod'
import { CLASSES, type CharacterClass } from './passwords/password-policy.ts'

const toWords = (text: string): string[] =>
  text
    .toLowerCase()
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '' && word !== 'none')

function toClasses(text: string, context: z.RefinementCtx): CharacterClass[] {
  const names = toWords(text)
  if (names.every((name): name is CharacterClass => (CLASSES as readonly string[]).includes(name))) return names
  context.addIssue({ code: 'custom', message: `must be none, or some of ${CLASSES.join(', ')}` })
  return z.NEVER
}

const shape = {
  ...commonEnv,
  ...databaseEnv,
  ...serviceUrls,
  PORT: z.coerce.number().int().min(0).max(65535).default(4001),
  PUBLIC_URL: z.url().default('http://localhost:4000'),
  /** Where the web client is, for links in mails; PUBLIC_URL without it. */
  FRONTEND_URL: z.url({ protocol: /^https?$/ }).optional(),
  ADMIN_EMAIL: z.email().optional(),
  ADMIN_PASSWORD: z.string().min(12, 'must have at least 12 characters').max(128).optional(),
  /** Whether strangers may open an account. */
  REGISTRATION: z.enum(['open', 'closed']).default('open'),
  /** Whether an address must be verified before its person may sign in. */
  EMAIL_VERIFICATION: z.enum(['optional', 'required']).default('optional'),
  /** Least characters of a password that is the only factor. NIST SP 800-63B-4 asks for 15. */
  PASSWORD_MIN_LENGTH: z.coerce.number().int().min(8).max(64).default(15),
  /** Least characters of a password beside a second factor. */
  PASSWORD_MIN_LENGTH_WITH_2FA: z.coerce.number().int().min(8).max(64).default(8),
  /** Kinds of characters that every password must have, comma-separated; `none` for no such rule, as NIST advises. */
  PASSWORD_REQUIRE: z.string().default('upper,special').transform(toClasses),
  /** Words that no password may contain, comma-separated; `none` for no such rule. */
  PASSWORD_FORBIDDEN_WORDS: z.string().default('test').transform(toWords),
  /** The range service of Have I Been Pwned, or one like it; `off` asks nobody. */
  PWNED_PASSWORDS_URL: z
    .union([z.literal('off'), z.url({ protocol: /^https?$/ })])
    .default('https://api.pwnedpasswords.com')
    .transform((url) => (url === 'off' ? null : url.replace(/\/$/, ''))),
  /** How long after proving who they are a person may change what is sensitive. */
  STEP_UP_MINUTES: z.coerce.number().int().min(1).max(720).default(15),
  SMTP_HOST: z.string().optional(),
  SMTP_PORT: z.coerce.number().int().min(1).max(65535).default(587),
  SMTP_USER: z.string().optional(),
  SMTP_PASSWORD: z.string().optional(),
  /** `Archivolt <vault@example.org>`, or an address alone. */
  SMTP_FROM: z
    .string()
    .regex(/^[^\r\n]*[^\s@<>]+@[^\s@<>]+>?$/, 'must be an address, or a name and an address in angle brackets')
    .default('Archivolt <archivolt@localhost>'),
  /** How mails are encrypted on their way to the server. */
  SMTP_TLS: z.enum(['auto', 'starttls', 'tls', 'none']).default('auto'),
  /** Comma-separated addresses of feature services to register. */
  PLUGIN_URLS: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((url) => url.trim())
        .filter(Boolean),
    )
    .pipe(
      z.array(
        z
          .url({ protocol: /^https?$/ })
          .refine((url) => isOrigin(url), 'must be addresses such as http://notes:4100, without a path or a password')
          .transform((url) => new URL(url).origin),
      ),
    )
    .transform((urls) => [...new Set(urls)]),
}

function isOrigin(url: string): boolean {
  const { pathname, search, hash, username, password } = new URL(url)
  return pathname === '/' && `${search}${hash}${username}${password}` === ''
}

export type IdentityEnv = ReturnType<typeof readIdentityEnv>

/** @throws EnvironmentError naming every faulty variable */
export function readIdentityEnv(source: Record<string, string | undefined>) {
  return readEnv(shape, perService('identity', source))
}
