-- AlterTable
ALTER TABLE "Session" ADD COLUMN "keyId" TEXT;

-- CreateTable
CREATE TABLE "KeyLimits" (
    "keyId" TEXT NOT NULL PRIMARY KEY,
    "requests" INTEGER,
    "operations" INTEGER,
    "concurrent" INTEGER,
    "subscriptions" INTEGER,
    "connections" INTEGER,
    "sessions" INTEGER
);

-- CreateTable
CREATE TABLE "SessionCount" (
    "projectId" TEXT NOT NULL,
    "keyId" TEXT NOT NULL,
    "sessions" INTEGER NOT NULL,

    PRIMARY KEY ("projectId", "keyId")
);

-- The sessions that are stored already: nobody knows by which key they were made.
INSERT INTO "SessionCount" ("projectId", "keyId", "sessions")
    SELECT "projectId", '', COUNT(*) FROM "Session" WHERE "projectId" NOT IN ('', '(forks)') GROUP BY "projectId";

-- CreateIndex: what a limit of concurrent operations counts, as in src/history/tally.ts
CREATE INDEX "Operation_concurrent" ON "Operation"("projectId", "keyId")
    WHERE "status" IN ('QUEUED', 'RUNNING') AND "parent" IS NULL;
