import { EiderClient } from "../eider-client.ts";
import { ProgressBar } from "../terminal/progress-bar.ts";
import type { DataFile } from "./data.ts";
import { ingestFile } from "./ingest.ts";
import { findProfileJob, followJob } from "./jobs.ts";
import { type Measurement, median, quantile } from "./report.ts";
import type { BenchServer } from "./server.ts";

/** Over a table of fifty columns, several of which resemble each other. */
const QUESTIONS = [
  "What is the average revenue by country?",
  "Which channel has the highest total cost?",
  "How many orders were there in 2023?",
  "Show the total revenue by month",
  "Top 5 countries by returns last month",
  "Average rating per segment for customers who churned",
  "How many customers who haven't churned are older than 40?",
  "What share of revenue comes from each device?",
  "Show the total discount by payment in country 3",
  "What is the correlation between weight and distance?",
];
const ROUNDS = 3;

const PICTURES = [
  "Plot the total revenue by country as a bar chart",
  "Plot the total revenue by month as a line chart",
  "Show the distribution of rating as a histogram",
  "Plot the number of orders by device as a pie chart",
];
/** Each is drawn when it is first asked for. */
const VARIANTS = ["?format=png", "?format=png&theme=dark", "/thumbnail?format=png", "/thumbnail?format=png&theme=dark"];

interface Answer {
  execution_time_ms: number;
  visualization_id?: string;
}

/** How long questions take to be planned, and pictures to be drawn. */
export async function measureQuestions(server: BenchServer, file: DataFile): Promise<Measurement[]> {
  const client = new EiderClient(server.url);
  const { uploadId } = await ingestFile(server, file);
  const statistics = new ProgressBar("Its statistics");
  await followJob(client, await findProfileJob(client), statistics);
  statistics.finish();
  const { session_id } = await client.openSession(uploadId, "Benchmark");
  const ask = async (query: string, prefer: string) => {
    const started = performance.now();
    const request = { session_id, query_type: "natural_language", query, prefer };
    const answer = await client.call<Answer>("POST", "/data/query", request);
    return { ...answer, planningMs: performance.now() - started - answer.execution_time_ms };
  };

  const planning = new ProgressBar("Questions over 50 columns");
  const { planningMs: first } = await ask(QUESTIONS[0] ?? "", "table");
  const planned: number[] = [];
  for (let round = 0; round < ROUNDS; round++)
    for (const question of QUESTIONS) {
      planned.push((await ask(question, "table")).planningMs);
      planning.update(planned.length / (ROUNDS * QUESTIONS.length), question);
    }
  planning.finish(`${Math.round(median(planned))} ms`);

  const drawing = new ProgressBar("Pictures");
  const drawn: number[] = [];
  for (const question of PICTURES) {
    const { visualization_id } = await ask(question, "visualization");
    for (const variant of VARIANTS) {
      const started = performance.now();
      const response = await fetch(`${server.url}/data/visualizations/${visualization_id}${variant}`, {
        headers: { authorization: "Bearer local-dev-key" },
      });
      const bytes = await response.bytes();
      if (!response.ok) throw new Error(`A picture was answered with ${response.status}: ${bytes.toString()}`);
      drawn.push(performance.now() - started);
      drawing.update(drawn.length / (PICTURES.length * VARIANTS.length), question);
    }
  }
  drawing.finish(`${Math.round(median(drawn))} ms`);
  await client.endSessions("Benchmark");
  await client.deleteUpload(uploadId);
  return [
    {
      what: "Planning over 50 columns, median",
      measured: median(planned),
      unit: "ms",
      must: { atMost: 50 },
      details: {
        is: "from request to answer, without the query's execution",
        p90Ms: quantile(planned, 0.9),
        firstOfSessionMs: first,
        all: planned,
      },
    },
    {
      what: "Picture as PNG, median",
      measured: median(drawn),
      unit: "ms",
      must: { atMost: 300 },
      details: { p90Ms: quantile(drawn, 0.9), firstOfWorkerMs: drawn[0], all: drawn },
    },
  ];
}
