-- Columns are added in place: the tables keep their rows, whatever their size.
ALTER TABLE "Operation" ADD COLUMN "name" TEXT;
ALTER TABLE "Operation" ADD COLUMN "keyId" TEXT;
ALTER TABLE "Operation" ADD COLUMN "reasoning" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "Operation" ADD COLUMN "partialOutput" JSONB;
CREATE UNIQUE INDEX "Operation_sessionId_parent_name_key" ON "Operation"("sessionId", "parent", "name");

ALTER TABLE "SessionHead" ADD COLUMN "inputTokens" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "SessionHead" ADD COLUMN "outputTokens" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "SessionHead" ADD COLUMN "cachedTokens" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "SessionHead" ADD COLUMN "reasoningTokens" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "SessionHead" ADD COLUMN "cost" BIGINT DEFAULT 0;

-- CreateTable
CREATE TABLE "UsageOfDay" (
    "projectId" TEXT NOT NULL,
    "day" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "keyId" TEXT NOT NULL,
    "calls" BIGINT NOT NULL,
    "inputTokens" BIGINT NOT NULL,
    "outputTokens" BIGINT NOT NULL,
    "cachedTokens" BIGINT NOT NULL,
    "reasoningTokens" BIGINT NOT NULL,
    "cost" BIGINT NOT NULL,
    "unpricedCalls" BIGINT NOT NULL,

    PRIMARY KEY ("projectId", "day", "model", "kind", "keyId")
);

-- What was used before is counted, too: by what the histories tell of calls that succeeded.
INSERT INTO "UsageOfDay"
SELECT "projectId", substr("at", 1, 10), "payload" ->> '$.model', "kind", '', COUNT(*),
    SUM("payload" ->> '$.usage.inputTokens'), SUM("payload" ->> '$.usage.outputTokens'),
    SUM("payload" ->> '$.usage.cachedTokens'), SUM("payload" ->> '$.usage.reasoningTokens'),
    SUM(COALESCE("payload" ->> '$.usage.cost', 0)), SUM("payload" ->> '$.usage.cost' IS NULL)
FROM "Event" JOIN "Operation" ON "Operation"."sessionId" = "Event"."sessionId" AND "Operation"."number" = "Event"."operation"
WHERE "type" = 'StepSucceeded' AND "payload" ->> '$.model' IS NOT NULL
GROUP BY 1, 2, 3, 4;

-- What an operation used includes its children that have ended. One NULL makes a sum unknown.
UPDATE "SessionHead" SET
    "inputTokens" = used.i, "outputTokens" = used.o, "cachedTokens" = used.c, "reasoningTokens" = used.r, "cost" = used.cost
FROM (
    SELECT "sessionId" AS s, SUM("inputTokens") AS i, SUM("outputTokens") AS o, SUM("cachedTokens") AS c,
        SUM("reasoningTokens") AS r, CASE WHEN COUNT(*) = COUNT("cost") THEN SUM("cost") END AS cost
    FROM "Operation" WHERE "parent" IS NULL GROUP BY "sessionId"
) AS used
WHERE "sessionId" = used.s;
