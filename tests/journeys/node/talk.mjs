// Reads conversations to hold, one JSON object per line, and writes what was told in each.
import { createInterface } from "node:readline";

/** `converse(job)` gives what an SDK tells of each answer. */
export async function talk(converse) {
  for await (const line of createInterface({ input: process.stdin })) {
    let told;
    try {
      told = { told: await converse(JSON.parse(line)) };
    } catch (error) {
      told = { error: `${error?.stack ?? error}` };
    }
    process.stdout.write(`${JSON.stringify(told)}\n`);
  }
}

/** What the tool says. */
export const resultOf = (argumentsGiven) => `It is 21 degrees in ${argumentsGiven.town}.`;
