Error: Can't reach database server at `127.0.0.1:39497`

Please make sure your database server is running at `127.0.0.1:39497`.



-- New blobs go to one place.
CREATE UNIQUE INDEX "storage_backends_one_current" ON "storage_backends" ("current") WHERE "current";
