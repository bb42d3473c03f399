// A worker as document 001 has it: reads `data.fileIds`, writes `job:{jobId}`. `worker.mjs PORT RESULT [COUNT]` takes so many jobs,
// one if nobody says otherwise, and ends; `worker.mjs PORT throws` begins with one and throws until BullMQ gives it up.
import { Redis } from "ioredis";
import { Worker } from "bullmq";

const [port, resultKey, count] = process.argv.slice(2);
const connection = { host: "127.0.0.1", port: Number(port), maxRetriesPerRequest: null };
const redis = new Redis(connection);
let left = Number(count ?? 1);
const worker = new Worker(
  "download-queue",
  async (job) => {
    const { jobId, fileIds } = job.data;
    if (!Array.isArray(fileIds)) throw new Error("no fileIds");
    const createdAt = new Date(job.timestamp).toISOString();
    const status = (word) => ({ status: word, fileIds, createdAt });
    await redis.set(`job:${jobId}`, JSON.stringify(status("processing")));
    if (resultKey === "throws") throw new Error("out of paper");
    await redis.set(`job:${jobId}`, JSON.stringify({ ...status("completed"), resultKey }));
    return resultKey;
  },
  { connection },
);
const end = async () => {
  await worker.close();
  await redis.quit();
};
worker.on("completed", async (job) => {
  console.log(JSON.stringify(job.data));
  if (--left === 0) await end();
});
worker.on("failed", async (job, error) => {
  if (error.message !== "out of paper") throw error;
  if (job.attemptsMade >= job.opts.attempts) await end();
});
