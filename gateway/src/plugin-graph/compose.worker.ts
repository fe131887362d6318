import { parentPort, workerData } from 'node:worker_threads'
import { composeWithFeatures, type ComposeRequest } from './compose.ts'

parentPort?.postMessage(composeWithFeatures(workerData as ComposeRequest))
