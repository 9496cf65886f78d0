-- AlterTable
ALTER TABLE "Operation" ADD COLUMN "requestId" TEXT;
ALTER TABLE "Operation" ADD COLUMN "traceparent" TEXT;
