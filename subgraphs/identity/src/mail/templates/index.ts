import type { Template } from '../template.ts'
import { accountExists } from './account-exists.ts'
import { apiTokenCreated } from './api-token-created.ts'
import { backupCodesRenewed } from './backup-codes-renewed.ts'
import { changeEmail } from './change-email.ts'
import { cloudConnectionBroken } from './cloud-connection-broken.ts'
import { emailChanged } from './email-changed.ts'
import { newDevice } from './new-device.ts'
import { passwordChanged } from './password-changed.ts'
import { refreshReuse } from './refresh-reuse.ts'
import { resetPassword } from './reset-password.ts'
import { twoFactorOff } from './two-factor-off.ts'
import { twoFactorOn } from './two-factor-on.ts'
import { verifyEmail } from './verify-email.ts'

/** Every mail of the vault, by the name that services ask for it with. */
export const TEMPLATES: Readonly<Record<string, Template>> = {
  'account-exists': accountExists,
  'api-token-created': apiTokenCreated,
  'backup-codes-renewed': backupCodesRenewed,
  'change-email': changeEmail,
  'cloud-connection-broken': cloudConnectionBroken,
  'email-changed': emailChanged,
  'new-device': newDevice,
  'password-changed': passwordChanged,
  'refresh-reuse': refreshReuse,
  'reset-password': resetPassword,
  'two-factor-off': twoFactorOff,
  'two-factor-on': twoFactorOn,
  'verify-email': verifyEmail,
}
