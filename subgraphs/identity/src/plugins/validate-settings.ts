import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { SettingsInvalidError, SettingsRefusedError } from './plugin.errors.ts'

const MAX_FAULTS = 20
const MAX_DEPTH = 20

/** @throws SettingsInvalidError naming what does not fit, SettingsRefusedError when the schema itself cannot be used */
export function validateSettings(schema: Record<string, unknown>, settings: unknown): void {
  if (depthOf(settings) > MAX_DEPTH)
    throw new SettingsInvalidError([{ path: '', message: `must not be nested deeper than ${MAX_DEPTH}` }])
  const validate = compile(schema)
  if (validate(settings)) return
  throw new SettingsInvalidError(
    (validate.errors ?? []).slice(0, MAX_FAULTS).map(({ instancePath, message, params }) => ({
      path: instancePath,
      message: `${message ?? 'does not fit'}${'additionalProperty' in params ? `: ${params.additionalProperty}` : ''}`,
    })),
  )
}

function compile(schema: Record<string, unknown>): ValidateFunction {
  try {
    // One of its own each time: a schema may name itself as it likes, and is not kept.
    const ajv = new Ajv2020({ allErrors: true, strict: false, logger: false, addUsedSchema: false })
    formats.default(ajv as never)
    return ajv.compile(schema)
  } catch (error) {
    const reason = (error as Error).message.slice(0, 200)
    throw new SettingsRefusedError(`The plugin's settings schema cannot be used: ${reason}`)
  }
}

function depthOf(value: unknown, depth = 0): number {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return depth
  return Math.max(depth, ...Object.values(value).map((inner) => depthOf(inner, depth + 1)))
}
