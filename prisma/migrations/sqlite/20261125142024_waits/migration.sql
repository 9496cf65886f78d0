-- CreateTable
CREATE TABLE "Wait" (
    "sessionId" TEXT NOT NULL,
    "operation" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "request" JSONB,
    "startedAt" DATETIME NOT NULL,
    "until" DATETIME,
    "isCalendar" BOOLEAN NOT NULL DEFAULT false,
    "endedAt" DATETIME,
    "answer" JSONB,
    "answeredBy" TEXT,

    PRIMARY KEY ("sessionId", "operation", "name"),
    CONSTRAINT "Wait_sessionId_operation_fkey" FOREIGN KEY ("sessionId", "operation") REFERENCES "Operation" ("sessionId", "number") ON DELETE CASCADE ON UPDATE CASCADE
);

-- AlterTable
ALTER TABLE "Operation" ADD COLUMN "timeoutMs" INTEGER;
ALTER TABLE "Operation" ADD COLUMN "waitingFor" TEXT;
ALTER TABLE "Operation" ADD COLUMN "openWaits" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "Operation" ADD COLUMN "personWaits" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "Operation" ADD COLUMN "personSince" DATETIME;

-- What was started before had its deadline alone.
UPDATE "Operation" SET "timeoutMs" = CAST(round((julianday("deadlineAt") - julianday("createdAt")) * 86400000) AS INTEGER)
WHERE "deadlineAt" IS NOT NULL;

-- CreateIndex
CREATE INDEX "Wait_endedAt_until_idx" ON "Wait"("endedAt", "until");
