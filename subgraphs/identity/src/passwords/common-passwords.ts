/**
 * The beginnings of published lists of the most used passwords, in lower case, without the digits and signs that people
 * put at their ends: those, and the usual letter-like digits, are taken off what is compared.
 */
const COMMON = new Set(
  `password passwort passwd pass passe senha contrasena contraseña motdepasse wachtwoord haslo parola salasana lozinka
  parool jelszo heslo sifre kodeord adgangskode losenord lösenord kennwort geheim geheimnis admin administrator root
  user guest demo default changeme change letmein letmeinnow welcome welcomeback willkommen bienvenue benvenuto login
  logon signin master manager superuser supervisor secret topsecret mysecret private access security secure system
  server computer internet network windows microsoft google facebook twitter instagram linkedin youtube amazon apple
  android samsung nokia oracle database office company business enterprise corporate
  qwerty qwertz azerty qwertyuiop qwertzuiop azertyuiop qwertyuiopasdfghjklzxcvbnm asdf asdfgh asdfghjkl asdfasdf
  zxcvbn zxcvbnm yxcvbnm qazwsx qazwsxedc qazwsxedcrfv wsxedc edcrfv qweasd qweasdzxc qweqwe asdasd zxczxc poiuytrewq
  lkjhgfdsa mnbvcxz abc abcd abcde abcdef abcdefg abcdefgh abcdefghi abcdefghij abcdefghijk abcdefghijkl
  abcdefghijklm abcdefghijklmn abcdefghijklmno abcdefghijklmnopqrstuvwxyz aaa aaaaaa xxxxxx zzzzzz
  iloveyou iloveu loveyou loveme lovely lover love mylove iloveme ihateyou fuckyou fuckoff fuckme bullshit asshole
  princess prinzessin sunshine sonnenschein rainbow butterfly flower flowers blossom angel angels angelina heaven
  monkey dragon tiger lion panther eagle falcon phoenix wolf wolverine bear panda koala dolphin dolphins shark horse
  mustang kitten kitty puppy doggie bulldog rottweiler labrador chicken turkey penguin spider scorpion cobra viper
  football fussball futbol soccer baseball basketball hockey tennis golf golfer cricket rugby boxing wrestling
  liverpool arsenal chelsea manchester barcelona realmadrid juventus bayern dortmund schalke ajax celtic rangers
  yankees redsox lakers cowboys steelers packers eagles raiders patriots broncos dolphins lions
  superman batman spiderman ironman wonderwoman hulk captain america starwars skywalker vader yoda jedi matrix neo
  trinity pokemon pikachu charizard naruto sasuke sakura goku vegeta minecraft fortnite roblox playstation nintendo
  xbox mario zelda sonic tetris counterstrike warcraft starcraft diablo callofduty halo gandalf frodo hobbit
  harrypotter hogwarts gryffindor slytherin dumbledore hermione matthew michael michelle jessica jennifer jordan
  joshua daniel daniela david andrew andrea anthony antonio alexander alexandra alexis amanda ashley austin barbara
  benjamin brandon brian brittany carlos caroline charles charlie charlotte chris christian christina christine
  christopher claudia cristina danielle diana diego dominic donald edward elizabeth emily emma eric ferrari fernando
  florian frank gabriel george gerald gloria hannah harley heather helena isabella jackson jacob james jasmine jason
  jeremy joseph juliana justin katherine kathrin kevin kimberly kristina laura lauren leonardo linda lisa louise
  lucas madison marcel marcus margaret maria marina mario martin martina matthias maurice maximilian melanie melissa
  miguel monica monika morgan natalie natasha nathan nicholas nicole oliver olivia pamela patricia patrick paulina
  peter philipp rachel rebecca ricardo richard robert roberto ronaldo ryan sabrina samantha samuel sandra sarah
  sebastian sergio simone sophia sophie stefan stefanie stephanie stephen steven susanne sylvia taylor teresa
  theresa thomas tiffany timothy valentina vanessa veronica victor victoria vincent virginia vivian wilhelm william
  zachary ginger pepper cookie cookies chocolate schokolade banana orange apple cherry strawberry pineapple peanut
  butter cheese pizza coffee whiskey vodka tequila heineken budweiser summer winter spring autumn sommer herbst
  frühling fruehling january february march april june july august september october november december januar
  februar märz maerz juni juli oktober dezember monday tuesday wednesday thursday friday saturday sunday montag
  dienstag mittwoch donnerstag freitag samstag sonntag morning evening midnight thunder lightning hurricane tornado
  storm snowflake diamond crystal silver golden platinum purple yellow orange black white green blue red pink
  freedom liberty justice victory champion winner killer hunter ranger soldier warrior knight ninja samurai pirate
  viking legend hero genius wizard magic merlin camelot excalibur corvette porsche mercedes bmw audi volkswagen
  honda toyota yamaha kawasaki suzuki ducati harleydavidson chevrolet ferrari lamborghini camaro mustang
  slipknot metallica nirvana greenday linkinpark eminem rihanna beyonce shakira madonna elvis beatles rolling stones
  guitar music musica dancer dance rock metal jazz blues piano drummer
  jesus jesuschrist christ god godisgood godislove faith hope grace blessed allah bismillah mohammed ganesh krishna
  trustno trustnoone nothing whatever something anything everything forever forgot remember hello helloworld
  goodbye goodluck goodmorning bonjour hallo hola ciao salut computer11 pussy sexy sexsex hardcore naked horny
  babygirl babyboy baby bitch biteme blowme bigdog bigdaddy bigboy cutie cuteme sweety sweetheart schatz schatzi
  liebling hase mausi engel family familie mother father mom dad mommy daddy sister brother friends bestfriend
  friend friendship forever together happy happiness smile smiley lucky lovely beautiful gorgeous perfect awesome
  amazing incredible fantastic number numberone onetwothree einszweidrei undeuxtrois testing tester testtest
  temp temporary temppass newpassword oldpassword mypassword yourpassword thepassword nopassword password
  correcthorsebatterystaple thequickbrownfox opensesame sesameopen hunter starwars archivolt vault documents
  paperless nextcloud dropbox backup storage archive archiv tresor london paris berlin madrid newyork california
  texas florida chicago boston brooklyn hamburg muenchen münchen vienna wien zurich zürich canada australia
  germany deutschland france italia espana españa england scotland ireland brasil mexico argentina india pakistan
  indonesia philippines thailand vietnam china japan tokyo korea russia ukraine poland polska turkiye turkey israel`
    .split(/\s+/)
    .filter(Boolean),
)

/** Rows of digits and keys, of which any part is tried first. */
const ROWS = [
  '01234567890123456789',
  '98765432109876543210',
  'abcdefghijklmnopqrstuvwxyz',
  'zyxwvutsrqponmlkjihgfedcba',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
  '1q2w3e4r5t6y7u8i9o0p',
  'q1w2e3r4t5y6u7i8o9p0',
]

const LETTER_LIKE: Record<string, string> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
}

/** Whether a password is among the most common ones, also in disguise: `P@ssw0rd2024!!!`, `Summer-Summer-2025`. */
export function isCommonPassword(password: string): boolean {
  const lower = password.toLowerCase()
  const bare = withoutEnds(lower)
  // Before and after the ends are taken off: an end may be a sign that stands for a letter, or one too many.
  const readings = [lower, bare, readAsLetters(bare), withoutEnds(readAsLetters(lower))]
  return readings.some((text) => isRow(text) || isWords(text))
}

const withoutEnds = (text: string): string => text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '')
const readAsLetters = (text: string): string => [...text].map((char) => LETTER_LIKE[char] ?? char).join('')

/** Shorter parts of a row are in many words by chance. */
const MIN_RUN = 4
/** So much of a password may be beside the rows for it to be one of them all the same. */
const COVERED = 0.8

/** Parts of rows, one after the other: `qwertqwertqwert`, `123456789012345-A`. */
function isRow(text: string): boolean {
  const bare = text.replace(/[^\p{L}\p{N}]+/gu, '')
  let covered = 0
  for (let at = 0; at < bare.length;) {
    const run = runAt(bare, at)
    covered += run
    at += run || 1
  }
  return covered > 0 && covered >= bare.length * COVERED
}

/** Length of the longest part of a row that begins here; 0 for none of four characters or more. */
function runAt(text: string, at: number): number {
  let length = 0
  while (at + length < text.length && ROWS.some((row) => row.includes(text.slice(at, at + length + 1)))) length++
  return length >= MIN_RUN ? length : 0
}

/** One common word, or the same one again and again. */
function isWords(text: string): boolean {
  const words = text.split(/[^\p{L}]+/u).filter(Boolean)
  if (words.length && new Set(words).size === 1 && COMMON.has(words[0]!)) return true
  const joined = words.join('')
  if (COMMON.has(joined)) return true
  for (let size = 3; size <= joined.length / 2; size++) {
    const part = joined.slice(0, size)
    if (COMMON.has(part) && part.repeat(Math.ceil(joined.length / size)).startsWith(joined)) return true
  }
  return false
}
