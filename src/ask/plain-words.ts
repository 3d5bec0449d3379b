/** Words that carry nothing, mean a person, or only tie other words together. */
import { stemWord } from "./words.ts";

/** Words without a meaning of their own in a question; not covering them costs no confidence. */
const STOP_WORDS = new Set(
  (
    "a an the of in on at to for from by with and or but is are was were be been being am do does did done has have had having it its it's they them their theirs he she his her him we our us i my me you your " +
    "that which who whom whose what when where why how there here this these those such so as than then if also too very just only please can could would should will shall may might must let's lets want like need know tell say " +
    "show list give find return display get fetch provide see present print report identify retrieve determine look compute calculate whats what's who's me all any each every some one ones same different thing things about into onto over under per " +
    "exist exists exist listed list available total overall respectively corresponding correspond belong belongs come comes made make many much more most least less value values data dataset table record records row rows entry entries database information info detail details following particular specific given " +
    "not no nor neither both either between among across during within while out up down off through via called named considered regarded according based terms order sorted number amount set group groups back along together ever actually currently already worth now still well other others another else world around kind use uses used using associated related regarding concerning included including include contain contains contained having shown seen recorded registered occurred occur occurs happened happen happens take takes took taken place live lives living lived work works worked " +
    "s t re ve ll d m it’s ended end up name names"
  ).split(/\s+/),
);

/** Whether a word says nothing that a query could answer. */
export function isStopWord(lower: string): boolean {
  return STOP_WORDS.has(lower);
}

const PERSON_WORDS = new Set([
  "who",
  "people",
  "person",
  "persons",
  "someone",
  "somebody",
  "anyone",
  "guy",
  "folks",
  "individuals",
  "individual",
]);

/** Whether a word means a person, of whichever table. */
export function isPersonWord(lower: string): boolean {
  return PERSON_WORDS.has(lower);
}

/** Verbs that only tie things together ("produced by", "spoken in"): leaving them out changes nothing. */
const VERBS = new Set(
  "produce speak play perform create design build start show cover go hit become share cause save write direct release publish teach study attend visit buy sell order ship fly drive run hold win lose score rate rank own belong join leave enter die kill earn pay cost spend weigh measure reach contain involve occur happen air broadcast support stay come arrive depart travel work employ hire found establish locate base situate place register sign make give receive send bring carry get grow develop change compare represent record report provide offer serve lead follow begin end finish complete open close name title call label know consider represent see become treat file raise log submit book post issue generate handle process serve manage buy last suffer stand choose pick exist supply score borrow lend book rent use view watch read click move haul transport answer collect charge bill assign"
    .split(" ")
    .map(stemWord),
);

/** Whether a word is such a verb, in whichever form. */
export function isTyingVerb(word: string): boolean {
  return VERBS.has(stemWord(word.toLowerCase()));
}

/** Nouns that say only that something is spoken of: an answer that leaves them out says the same. */
const FILLERS = new Set(
  "people person time type kind sort case event situation company firm business workforce everyone anyone anything everything something item unit piece part position level occasion team staff member group subject matter point basis extent figure result score toll condition code card length address origin break"
    .split(" ")
    .map(stemWord),
);

/** Whether a word is such a noun. */
export function isFiller(word: string): boolean {
  return FILLERS.has(stemWord(word.toLowerCase()));
}
