-- AlterTable
ALTER TABLE "Operation" ADD COLUMN "budgetOf" INTEGER;

-- CreateTable
CREATE TABLE "Budget" (
    "projectId" TEXT NOT NULL,
    "keyId" TEXT NOT NULL,
    "period" TEXT NOT NULL,
    "unit" TEXT NOT NULL,
    "limit" BIGINT NOT NULL,
    "periodStart" TEXT NOT NULL,
    "spent" BIGINT NOT NULL,
    "assumed" BIGINT NOT NULL,
    "reserved" BIGINT NOT NULL,

    PRIMARY KEY ("projectId", "keyId", "period", "unit")
);

-- CreateTable
CREATE TABLE "SessionBudget" (
    "sessionId" TEXT NOT NULL,
    "operation" INTEGER NOT NULL,
    "period" TEXT NOT NULL,
    "unit" TEXT NOT NULL,
    "limit" BIGINT NOT NULL,
    "periodStart" TEXT NOT NULL,
    "spent" BIGINT NOT NULL,
    "assumed" BIGINT NOT NULL,
    "reserved" BIGINT NOT NULL,

    PRIMARY KEY ("sessionId", "operation", "period", "unit"),
    CONSTRAINT "SessionBudget_sessionId_fkey" FOREIGN KEY ("sessionId") REFERENCES "Session" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Reservation" (
    "sessionId" TEXT NOT NULL,
    "operation" INTEGER NOT NULL,
    "step" TEXT NOT NULL,
    "try" INTEGER NOT NULL,
    "attempt" INTEGER NOT NULL,
    "projectId" TEXT NOT NULL,
    "keyId" TEXT,
    "budgetOf" INTEGER,
    "tokens" BIGINT NOT NULL,
    "cost" BIGINT,

    PRIMARY KEY ("sessionId", "operation", "step")
);

-- CreateIndex
CREATE INDEX "Reservation_projectId_keyId_idx" ON "Reservation"("projectId", "keyId");
