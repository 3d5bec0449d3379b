import { type CompleteText, ModelUnavailable } from "../../ask/model.ts";
import { createBindingCompleter, createEndpointCompleter, type ModelBinding } from "../../ask/model-transport.ts";

/** Variables, secret and binding that a model is set up with. */
export interface ModelSettings {
  /** Base of an OpenAI-compatible API, such as `https://api.example.com/v1`. */
  ASK_MODEL_URL?: string | undefined;
  ASK_MODEL_NAME?: string | undefined;
  ASK_MODEL_KEY?: string | undefined;
  /** Seconds that a model has for a question, repairs included; 20 unless set. */
  ASK_MODEL_SECONDS?: string | undefined;
  /** Workers AI. */
  AI?: ModelBinding | undefined;
}

/** A model that helps with planning. */
export interface AskModel {
  complete: CompleteText;
  timeoutMs: number;
}

const DEFAULT_SECONDS = 20;
const MOST_SECONDS = 120;

/**
 * The model that is set up: an endpoint, else the Workers AI binding, else none (`undefined`: the built-in planner plans alone). One that
 * is set up by half answers every question with what is missing, so that the log says it and the built-in planner takes over.
 */
export function chooseModel(settings: ModelSettings): AskModel | undefined {
  const { ASK_MODEL_URL: baseUrl, ASK_MODEL_NAME: model, ASK_MODEL_KEY: apiKey, AI: binding } = settings;
  if (!baseUrl && !binding) return undefined;
  const timeoutMs = readSeconds(settings.ASK_MODEL_SECONDS) * 1_000;
  if (!model) return { complete: () => Promise.reject(new ModelUnavailable("ASK_MODEL_NAME is not set.")), timeoutMs };
  if (baseUrl)
    return { complete: createEndpointCompleter({ baseUrl, model, ...(apiKey ? { apiKey } : {}) }), timeoutMs };
  return binding && { complete: createBindingCompleter(binding, model), timeoutMs };
}

function readSeconds(text: string | undefined): number {
  const seconds = Number(text ?? "");
  return seconds > 0 ? Math.min(seconds, MOST_SECONDS) : DEFAULT_SECONDS;
}
