/** Ways to reach a model: any OpenAI-compatible endpoint, or a binding in the manner of Workers AI. */
import { type CompleteText, ModelUnavailable } from "./model.ts";

/** Longest answer read, in bytes. */
const LONGEST_ANSWER = 64 * 1024;
/** Longest pause that a 429 may ask for before the one retry, in milliseconds. */
const LONGEST_PAUSE = 3_000;

export interface EndpointSettings {
  /** Such as `https://api.example.com/v1`; `/chat/completions` is added. */
  baseUrl: string;
  apiKey?: string;
  model: string;
  /** Stands in for the global fetch. */
  fetch?: typeof fetch;
}

/** A model behind an OpenAI-compatible endpoint. A 429 with a short `Retry-After` is tried once more. */
export function createEndpointCompleter(settings: EndpointSettings): CompleteText {
  const send = settings.fetch ?? fetch;
  const url = `${settings.baseUrl.replace(/\/+$/, "")}/chat/completions`;
  return async (messages, { signal }) => {
    for (let attempt = 0; ; attempt++) {
      const response = await send(url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(settings.apiKey === undefined ? {} : { authorization: `Bearer ${settings.apiKey}` }),
        },
        body: JSON.stringify({ model: settings.model, messages, temperature: 0, stream: false }),
        signal,
      });
      if (response.ok) return readContent(await readText(response));
      const pause = response.status === 429 ? pauseOf(response) : undefined;
      await response.body?.cancel();
      if (pause === undefined || pause > LONGEST_PAUSE || attempt > 0)
        throw new ModelUnavailable(sayStatus(response.status), response.status);
      await sleep(pause, signal);
    }
  };
}

function sayStatus(status: number): string {
  if (status === 429) return "The model has too many requests at the moment (429).";
  if (status === 401 || status === 403) return `The model's endpoint refused the key (${status}).`;
  return `The model's endpoint answered with status ${status}.`;
}

/** The pause a `Retry-After` in seconds asks for; half a second without one. */
function pauseOf(response: Response): number {
  const seconds = Number(response.headers.get("retry-after") ?? "0.5");
  return Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : Number.POSITIVE_INFINITY;
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      },
      { once: true },
    );
  });
}

/** The body as text, read up to a bound. */
async function readText(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.byteLength;
    if (size > LONGEST_ANSWER) {
      await reader.cancel();
      throw new ModelUnavailable(`The model's answer is longer than ${LONGEST_ANSWER} bytes.`);
    }
    text += decoder.decode(part.value, { stream: true });
  }
  return text + decoder.decode();
}

function readContent(text: string): string {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new ModelUnavailable("The model's endpoint did not answer with JSON.");
  }
  const content = (body as { choices?: { message?: { content?: unknown } }[] } | null)?.choices?.[0]?.message?.content;
  if (typeof content === "string") return content;
  if (Array.isArray(content))
    return content.map((part: { text?: unknown }) => (typeof part.text === "string" ? part.text : "")).join("");
  throw new ModelUnavailable("The model's endpoint answered without a message.");
}

/** A binding in the manner of Workers AI. */
export interface ModelBinding {
  run(
    model: string,
    input: { messages: { role: string; content: string }[]; temperature?: number; max_tokens?: number },
  ): Promise<unknown>;
}

/** A model behind a Workers AI binding. */
export function createBindingCompleter(binding: ModelBinding, model: string): CompleteText {
  return async (messages) => {
    const result = await binding.run(model, {
      messages: messages.map(({ role, content }) => ({ role, content })),
      temperature: 0,
      max_tokens: 1024,
    });
    const { response, choices } = (result ?? {}) as {
      response?: unknown;
      choices?: { message?: { content?: unknown } }[];
    };
    const text = response ?? choices?.[0]?.message?.content;
    if (typeof text === "string") return text.slice(0, LONGEST_ANSWER);
    if (typeof text === "object" && text !== null) return JSON.stringify(text).slice(0, LONGEST_ANSWER);
    throw new ModelUnavailable("The model answered without text.");
  };
}
