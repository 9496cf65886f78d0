-- AlterTable
ALTER TABLE "Session" ADD COLUMN "forkedFrom" TEXT;
ALTER TABLE "Session" ADD COLUMN "forkSeq" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "Fork" (
    "sessionId" TEXT NOT NULL PRIMARY KEY,
    "parentId" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "operation" INTEGER NOT NULL,
    "depth" INTEGER NOT NULL,
    "cutOff" JSONB NOT NULL,
    CONSTRAINT "Fork_sessionId_fkey" FOREIGN KEY ("sessionId") REFERENCES "Session" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "Fork_parentId_seq_idx" ON "Fork"("parentId", "seq");
