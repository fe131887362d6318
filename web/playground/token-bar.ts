import { access, useSignIn } from './access.ts'

/** The field above the editor: paste a token, or take this browser's own sign-in. */
export function mountTokenBar(): void {
  const form = document.querySelector<HTMLFormElement>('#token-bar')!
  const field = form.querySelector<HTMLInputElement>('input')!
  const note = form.querySelector<HTMLElement>('[role=status]')!

  const take = (token: string, said: string) => {
    access.token = token.trim()
    note.textContent = said
  }
  field.addEventListener('input', () => take(field.value, ''))
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    try {
      field.value = await useSignIn()
      take(field.value, 'Signed in as in the vault.')
    } catch (error) {
      note.textContent = error instanceof Error ? error.message : String(error)
    }
  })
}
