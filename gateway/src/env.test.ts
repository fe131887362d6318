import { describe, expect, it } from 'vitest'
import { readGatewayEnv } from './env.ts'

const SECRET_KEY = 'a secret of at least thirty-two characters'
const problems = (source: Record<string, string>): readonly string[] => {
  try {
    readGatewayEnv({ SECRET_KEY, ...source })
    return []
  } catch (error) {
    return (error as { problems: string[] }).problems
  }
}

describe('the environment', () => {
  it('has a default for everything but the secret', () => {
    const env = readGatewayEnv({ SECRET_KEY, PORT: '4100' })
    expect(env).toMatchObject({
      PUBLIC_URL: 'http://localhost:4100',
      FRONTEND_URL: 'http://localhost:4100',
      CORS_ORIGINS: [],
      TRUST_PROXY: 0,
    })
    expect(env.SUPERGRAPH_PATH).toMatch(/schema\/supergraph\.graphql$/)
    expect(env.WEB_ROOT).toMatch(/web\/dist$/)
  })

  it('reads lists and numbers of proxies', () => {
    expect(
      readGatewayEnv({ SECRET_KEY, CORS_ORIGINS: 'https://a.example, http://localhost:5173', TRUST_PROXY: 'true' }),
    ).toMatchObject({
      CORS_ORIGINS: ['https://a.example', 'http://localhost:5173'],
      TRUST_PROXY: 1,
    })
    expect([
      readGatewayEnv({ SECRET_KEY, TRUST_PROXY: '2' }).TRUST_PROXY,
      readGatewayEnv({ SECRET_KEY, TRUST_PROXY: 'false' }).TRUST_PROXY,
    ]).toEqual([2, 0])
  })

  it.each(['*', 'https://a.example/', 'https://A.example', 'a.example', 'null'])(
    'refuses the origin %s, which browsers never send',
    (origin) => {
      expect(problems({ CORS_ORIGINS: `https://fine.example,${origin}` })).toEqual([
        expect.stringContaining('CORS_ORIGINS'),
      ])
    },
  )

  it('names every fault at once', () => {
    expect(problems({ PORT: 'x', PUBLIC_URL: 'ftp://x', TRUST_PROXY: 'all' })).toHaveLength(3)
  })
})
