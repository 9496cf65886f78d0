-- AlterTable: a column with a default is added in place; nothing is rewritten.
ALTER TABLE "Operation" ADD COLUMN "suspicion" INTEGER NOT NULL DEFAULT 0;

-- CreateIndex
CREATE INDEX "IdempotencyKey_createdAt_idx" ON "IdempotencyKey"("createdAt");
