-- Names of the bytes that storage keeps for other services: settings, page images, exports, the audit log's files.
CREATE TABLE "named_objects" (
    "bucket" TEXT NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "blob_id" UUID NOT NULL,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "named_objects_pkey" PRIMARY KEY ("bucket", "name")
);

CREATE UNIQUE INDEX "named_objects_blob_id_key" ON "named_objects"("blob_id");

ALTER TABLE "named_objects" ADD CONSTRAINT "named_objects_blob_id_fkey"
    FOREIGN KEY ("blob_id") REFERENCES "blobs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
