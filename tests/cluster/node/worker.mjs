// A worker as document 001 has it: reads `data.fileIds`, writes `job:{jobId}`. Takes one job and ends.
import { Redis } from "ioredis";
import { Worker } from "bullmq";

const [port, resultKey] = process.argv.slice(2);
const connection = { host: "127.0.0.1", port: Number(port), maxRetriesPerRequest: null };
const redis = new Redis(connection);
const worker = new Worker(
  "download-queue",
  async (job) => {
    const { jobId, fileIds } = job.data;
    if (!Array.isArray(fileIds)) throw new Error("no fileIds");
    const createdAt = new Date(job.timestamp).toISOString();
    const status = (word) => ({ status: word, fileIds, createdAt });
    await redis.set(`job:${jobId}`, JSON.stringify(status("processing")));
    await redis.set(`job:${jobId}`, JSON.stringify({ ...status("completed"), resultKey }));
    return resultKey;
  },
  { connection },
);
worker.on("completed", async (job) => {
  console.log(JSON.stringify(job.data));
  await worker.close();
  await redis.quit();
});
