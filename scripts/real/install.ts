import { needPrograms } from './debian.ts'

/** vitest's set-up of the real servers' tests: what has no module of its own here is installed before the first test. */
export default function setup(): void {
  needPrograms('The tests with Redis', ['redis-server'], ['redis-server'])
}
