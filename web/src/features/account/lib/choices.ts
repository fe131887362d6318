interface Choice {
  value: string
  label: string
}

const LANGUAGES = ['en', 'de', 'es', 'fr', 'it', 'ja', 'nl', 'pl', 'pt-BR', 'pt-PT', 'ru', 'sv', 'tr', 'uk', 'zh-Hans']

/** Each in its own words, as its speakers look for it. */
export function languages(): Choice[] {
  const choices = LANGUAGES.map((value) => {
    const own = new Intl.DisplayNames(value, { type: 'language' }).of(value) ?? value
    return { value, label: own.charAt(0).toLocaleUpperCase(value) + own.slice(1) }
  })
  return [{ value: '', label: 'As the browser' }, ...choices]
}

export function timeZones(): Choice[] {
  const zones = Intl.supportedValuesOf('timeZone')
  return [
    { value: '', label: 'As the browser' },
    ...zones.map((zone) => ({ value: zone, label: zone.replaceAll('_', ' ') })),
  ]
}
