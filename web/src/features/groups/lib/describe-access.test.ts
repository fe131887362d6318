import { expect, it } from 'vitest'
import { describeAccess, isRestricted } from './describe-access.ts'

it('tells who may use an app by its own rules', () => {
  expect(describeAccess({ allowSuperuser: true, requiredGroups: [] })).toBe('Everyone with an account may use it.')
  expect(describeAccess({ allowSuperuser: false, requiredGroups: ['notes'] })).toBe('Members of notes may use it.')
  expect(describeAccess({ allowSuperuser: true, requiredGroups: ['notes', 'office'] })).toBe(
    'Members of notes or office may use it, and administrators.',
  )
})

it('knows what is open to everyone', () => {
  expect(isRestricted({ allowSuperuser: true, requiredGroups: [] })).toBe(false)
  expect(isRestricted({ allowSuperuser: true, requiredGroups: ['notes'] })).toBe(true)
})
