export { type Environment, type PlatformConfig, readPlatformConfig } from './config.ts';
export { type Platform, startPlatform } from './start-platform.ts';
