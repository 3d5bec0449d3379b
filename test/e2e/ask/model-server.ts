import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface ModelCall {
  headers: IncomingHttpHeaders;
  path: string;
  model: string;
  messages: { role: string; content: string }[];
}

/** What the stand-in for a model answers to its n-th call (from 0) of a test: a text, or a response of its own. */
export type ModelReply = (
  call: ModelCall,
  n: number,
) => string | { status: number; headers?: Record<string, string>; body: string } | "never";

export interface ModelServer {
  /** Such as `http://127.0.0.1:1234/v1`. */
  url: string;
  calls: ModelCall[];
  /** Forgets the calls before, and answers so from now on. */
  answer(reply: ModelReply): void;
  stop(): Promise<void>;
}

/** A server that speaks as much of the OpenAI API as is needed: POST /v1/chat/completions. */
export async function startModelServer(): Promise<ModelServer> {
  let reply: ModelReply = () => "";
  const calls: ModelCall[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(parts).toString()) as Pick<ModelCall, "model" | "messages">;
      const call = { headers: request.headers, path: request.url ?? "", ...body };
      calls.push(call);
      const said = reply(call, calls.length - 1);
      if (said === "never") return;
      if (typeof said === "object") {
        response.writeHead(said.status, said.headers).end(said.body);
        return;
      }
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ choices: [{ message: { role: "assistant", content: said } }] }));
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    calls,
    answer(next) {
      calls.length = 0;
      reply = next;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
