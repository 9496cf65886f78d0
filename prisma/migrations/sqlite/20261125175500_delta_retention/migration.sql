-- AlterTable
ALTER TABLE "Operation" ADD COLUMN "prunedAt" DATETIME;

-- CreateIndex
CREATE INDEX "Operation_prunedAt_finishedAt_idx" ON "Operation"("prunedAt", "finishedAt");
