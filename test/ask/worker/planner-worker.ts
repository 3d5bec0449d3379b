/** Plans the question of a request in workerd. */
import { type PlanInput, planQuestion } from "../../../src/ask/plan.ts";

const worker = {
  async fetch(request: Request): Promise<Response> {
    const { question, tables } = (await request.json()) as Pick<PlanInput, "question" | "tables">;
    return Response.json(planQuestion({ question, tables, now: new Date("2024-05-15T10:00:00Z") }));
  },
};
// biome-ignore lint/style/noDefaultExport: what workerd takes for a worker's handlers.
export default worker;
