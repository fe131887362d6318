import { francAll } from 'franc-min'

/** Letters below which a guess is no better than chance. */
const LEAST_LETTERS = 60
/** A sure guess is this much likelier than the next. */
const LEAST_LEAD = 0.02

/** Names of two letters, where there are any, for what the guesser tells in three. */
const SHORT: Record<string, string> = {
  ...{ eng: 'en', deu: 'de', fra: 'fr', spa: 'es', ita: 'it', por: 'pt', nld: 'nl', swe: 'sv', dan: 'da', nob: 'no' },
  ...{ fin: 'fi', pol: 'pl', ces: 'cs', slk: 'sk', slv: 'sl', hrv: 'hr', bos: 'bs', srp: 'sr', hun: 'hu', ron: 'ro' },
  ...{ bul: 'bg', rus: 'ru', ukr: 'uk', bel: 'be', ell: 'el', tur: 'tr', azj: 'az', heb: 'he', arb: 'ar', pes: 'fa' },
  ...{ hin: 'hi', ben: 'bn', urd: 'ur', tam: 'ta', tel: 'te', kan: 'kn', mal: 'ml', mar: 'mr', guj: 'gu', pan: 'pa' },
  ...{ cmn: 'zh', jpn: 'ja', kor: 'ko', vie: 'vi', ind: 'id', zlm: 'ms', tgl: 'tl', tha: 'th', mya: 'my', khm: 'km' },
  ...{ swh: 'sw', yor: 'yo', hau: 'ha', ibo: 'ig', zul: 'zu', som: 'so', amh: 'am', kaz: 'kk', uzn: 'uz', kat: 'ka' },
}

/** The language of a text, or null where it is too short or could be several. */
export function proposeLanguage(text: string): string | null {
  const letters =
    text
      .match(/[\p{L}\s]+/gu)
      ?.join(' ')
      .replace(/\s+/g, ' ')
      .slice(0, 4000) ?? ''
  if (letters.replaceAll(' ', '').length < LEAST_LETTERS) return null
  const [best, next] = francAll(letters)
  if (!best || best[0] === 'und') return null
  if (next && best[1] - next[1] < LEAST_LEAD) return null
  return SHORT[best[0]] ?? best[0]
}
