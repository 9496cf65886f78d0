-- Columns are added in place: the tables keep their rows, whatever their size.
ALTER TABLE "SessionHead" ADD COLUMN "onBusy" TEXT NOT NULL DEFAULT 'PARALLEL';
ALTER TABLE "Operation" ADD COLUMN "onBusy" TEXT;
ALTER TABLE "Operation" ADD COLUMN "readyAt" DATETIME;

-- Until now, nothing waited for its turn.
UPDATE "Operation" SET "readyAt" = "createdAt" WHERE "status" IN ('QUEUED', 'RUNNING', 'WAITING');

-- DropIndex
DROP INDEX "Operation_status_createdAt_idx";

-- CreateIndex
CREATE INDEX "Operation_status_readyAt_idx" ON "Operation"("status", "readyAt");

-- CreateIndex
CREATE INDEX "Operation_sessionId_parent_status_number_idx" ON "Operation"("sessionId", "parent", "status", "number");
