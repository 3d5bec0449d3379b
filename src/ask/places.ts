/** Place words whose data form differs from the word in a question: demonyms, short forms of countries, US states. */

const DEMONYMS =
  "american:united states,usa,us,america,united states of america;african:africa;european:europe;asian:asia;australian:australia;canadian:canada;mexican:mexico;brazilian:brazil;argentine:argentina;argentinian:argentina;chilean:chile;peruvian:peru;colombian:colombia;venezuelan:venezuela;cuban:cuba;" +
  "french:france;german:germany;italian:italy;spanish:spain;portuguese:portugal;dutch:netherlands,the netherlands,holland;belgian:belgium;swiss:switzerland;austrian:austria;british:united kingdom,uk,great britain,britain,england;english:england,united kingdom,uk;scottish:scotland;welsh:wales;irish:ireland;danish:denmark;swedish:sweden;norwegian:norway;finnish:finland;icelandic:iceland;" +
  "polish:poland;czech:czech republic,czechia;slovak:slovakia;hungarian:hungary;romanian:romania;bulgarian:bulgaria;greek:greece;turkish:turkey;russian:russia,russian federation;ukrainian:ukraine;serbian:serbia;croatian:croatia;slovenian:slovenia;" +
  "chinese:china;japanese:japan;korean:south korea,korea;indian:india;pakistani:pakistan;bangladeshi:bangladesh;indonesian:indonesia;malaysian:malaysia;thai:thailand;vietnamese:vietnam;filipino:philippines;iranian:iran;iraqi:iraq;israeli:israel;saudi:saudi arabia;egyptian:egypt;moroccan:morocco;nigerian:nigeria;kenyan:kenya;ethiopian:ethiopia;south african:south africa;new zealand:new zealand";

const COUNTRY_FORMS = [
  ["united states", "usa", "us", "america", "united states of america", "u.s.", "u.s.a.", "the us", "the states"],
  ["united kingdom", "uk", "great britain", "britain", "u.k."],
  ["netherlands", "holland", "the netherlands"],
  ["russia", "russian federation"],
  ["south korea", "korea", "korea, south"],
  ["czech republic", "czechia"],
  ["ivory coast", "cote d'ivoire", "côte d’ivoire"],
  ["uae", "united arab emirates"],
];

const US_STATES =
  "alabama al alaska ak arizona az arkansas ar california ca colorado co connecticut ct delaware de florida fl georgia ga hawaii hi idaho id illinois il indiana in iowa ia kansas ks kentucky ky louisiana la maine me maryland md massachusetts ma michigan mi minnesota mn mississippi ms missouri mo montana mt nebraska ne nevada nv new_hampshire nh new_jersey nj new_mexico nm new_york ny north_carolina nc north_dakota nd ohio oh oklahoma ok oregon or pennsylvania pa rhode_island ri south_carolina sc south_dakota sd tennessee tn texas tx utah ut vermont vt virginia va washington wa west_virginia wv wisconsin wi wyoming wy".split(
    " ",
  );

const forms = new Map<string, Set<string>>();
function addForms(word: string, others: readonly string[]): void {
  const known = forms.get(word) ?? new Set<string>();
  for (const other of others) if (other !== word) known.add(other);
  forms.set(word, known);
}

for (const entry of DEMONYMS.split(";")) {
  const [word, places] = entry.split(":");
  if (word !== undefined && places !== undefined) addForms(word, places.split(","));
}
for (const group of COUNTRY_FORMS) for (const word of group) addForms(word, group);
for (let i = 0; i + 1 < US_STATES.length; i += 2) {
  const name = (US_STATES[i] ?? "").replace("_", " ");
  const code = US_STATES[i + 1] ?? "";
  addForms(name, [code]);
}

const demonyms = new Map<string, string[]>();
for (const entry of DEMONYMS.split(";")) {
  const [word, places] = entry.split(":");
  if (word === undefined || places === undefined) continue;
  for (const place of places.split(",")) demonyms.set(place, [...(demonyms.get(place) ?? []), word]);
}

/** What people of a place are called ("france" → "french"). */
export function findDemonyms(folded: string): string[] {
  return demonyms.get(folded) ?? [];
}

let codes: Map<string, string> | undefined;

/** The two letters by which data abbreviates a country ("germany" → "de", "german" → "de"). */
export function findCountryCodes(folded: string): string[] {
  if (codes === undefined) {
    codes = new Map();
    const names = new Intl.DisplayNames(["en"], { type: "region", fallback: "none" });
    const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
    for (const code of letters.flatMap((first) => letters.map((second) => first + second))) {
      // Codes of former countries ("DD") are aliases of present ones.
      const name = new Intl.Locale(`und-${code}`).region === code ? names.of(code) : undefined;
      if (name !== undefined) codes.set(name.toLowerCase(), code.toLowerCase());
    }
  }
  return [folded, ...findPlaceForms(folded)].flatMap((name) => codes?.get(name) ?? []);
}

/** Words for the sexes as data abbreviates them. */
const SEXES: Record<string, string[]> = {
  female: ["f", "women", "woman"],
  females: ["f"],
  women: ["f", "female"],
  woman: ["f", "female"],
  girls: ["f", "female"],
  male: ["m", "men", "man"],
  males: ["m"],
  men: ["m", "male"],
  man: ["m", "male"],
  boys: ["m", "male"],
};

/** Forms under which a sex may stand in a column of sexes. */
export function findSexForms(folded: string): string[] {
  return Object.hasOwn(SEXES, folded) ? (SEXES[folded] ?? []) : [];
}

/**
 * Other forms under which a place may stand in the data: `"french"` → `["france"]`, `"texas"` → `["tx"]`.
 * A state's two letters never stand for the state's name here: too many of them are words.
 */
export function findPlaceForms(folded: string): string[] {
  return [...(forms.get(folded) ?? [])];
}
