-- AlterTable: a column with a default is added in place; nothing is rewritten.
ALTER TABLE "Operation" ADD COLUMN "suspicion" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "Node" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "startedAt" DATETIME NOT NULL,
    "heartbeatAt" DATETIME NOT NULL
);

-- CreateIndex
CREATE INDEX "IdempotencyKey_createdAt_idx" ON "IdempotencyKey"("createdAt");
