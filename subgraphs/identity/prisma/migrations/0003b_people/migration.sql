CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

-- CreateEnum
CREATE TYPE "theme" AS ENUM ('SYSTEM', 'LIGHT', 'DARK');

-- AlterTable
ALTER TABLE "users" ADD COLUMN     "access_version" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "dashboard_apps" TEXT[],
ADD COLUMN     "full_name" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "language" TEXT,
ADD COLUMN     "phone" TEXT,
ADD COLUMN     "theme" "theme" NOT NULL DEFAULT 'SYSTEM',
ADD COLUMN     "time_zone" TEXT;

UPDATE "users" SET "dashboard_apps" = '{}';

-- AlterTable
DROP INDEX "groups_name_key";
ALTER TABLE "groups" ADD COLUMN     "built_in" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "name_key" TEXT;

UPDATE "groups" SET "name_key" = lower("name");
ALTER TABLE "groups" ALTER COLUMN "name_key" SET NOT NULL;

-- CreateTable
CREATE TABLE "app_grants" (
    "id" UUID NOT NULL,
    "app_id" TEXT NOT NULL,
    "user_id" UUID,
    "group_id" UUID,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "app_grants_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "app_grants_one_holder" CHECK (num_nonnulls("user_id", "group_id") = 1)
);

-- CreateTable
CREATE TABLE "access_generation" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "generation" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "access_generation_pkey" PRIMARY KEY ("id")
);

INSERT INTO "access_generation" DEFAULT VALUES;

-- CreateIndex
CREATE INDEX "users_role_active_idx" ON "users"("role", "active");

-- CreateIndex
CREATE INDEX "users_name_email_idx" ON "users" USING GIN ("name" gin_trgm_ops, "email" gin_trgm_ops);

-- CreateIndex
CREATE UNIQUE INDEX "groups_name_key_key" ON "groups"("name_key");

-- CreateIndex
CREATE INDEX "app_grants_app_id_idx" ON "app_grants"("app_id");

-- CreateIndex
CREATE UNIQUE INDEX "app_grants_user_id_app_id_key" ON "app_grants"("user_id", "app_id");

-- CreateIndex
CREATE UNIQUE INDEX "app_grants_group_id_app_id_key" ON "app_grants"("group_id", "app_id");

-- AddForeignKey
ALTER TABLE "app_grants" ADD CONSTRAINT "app_grants_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "app_grants" ADD CONSTRAINT "app_grants_group_id_fkey" FOREIGN KEY ("group_id") REFERENCES "groups"("id") ON DELETE CASCADE ON UPDATE CASCADE;
