-- AlterEnum
ALTER TYPE "driver_kind" ADD VALUE 'S3';
ALTER TYPE "driver_kind" ADD VALUE 'WEBDAV';

-- CreateEnum
CREATE TYPE "backend_state" AS ENUM ('OK', 'DOWN', 'UNKNOWN');

-- CreateTable
CREATE TABLE "vault" (
    "id" UUID NOT NULL,
    "key_check" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "vault_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "quota_accounts" (
    "user_id" UUID NOT NULL,
    "used" BIGINT NOT NULL DEFAULT 0,
    "reserved" BIGINT NOT NULL DEFAULT 0,
    "limit" BIGINT,

    CONSTRAINT "quota_accounts_pkey" PRIMARY KEY ("user_id")
);

-- AlterTable
ALTER TABLE "storage_backends" ADD COLUMN "secrets" BYTEA,
ADD COLUMN "version" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
ADD COLUMN "state" "backend_state" NOT NULL DEFAULT 'UNKNOWN',
ADD COLUMN "message" TEXT,
ADD COLUMN "latency_ms" INTEGER,
ADD COLUMN "free_bytes" BIGINT,
ADD COLUMN "checked_at" TIMESTAMPTZ(6);

-- AlterTable
ALTER TABLE "uploads" ADD COLUMN "direct" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN "direct_once" BOOLEAN NOT NULL DEFAULT false;

-- What is stored and under way already counts from the start.
INSERT INTO "quota_accounts" ("user_id", "used", "reserved")
SELECT "user_id", sum("used")::bigint, sum("reserved")::bigint
FROM (
    SELECT "owner_id" AS "user_id", "size" AS "used", 0 AS "reserved" FROM "blobs"
    UNION ALL
    SELECT "owner_id", 0, "declared_size" FROM "uploads" WHERE "state" IN ('PENDING', 'RECEIVING', 'RECEIVED')
) AS sizes
GROUP BY "user_id";
