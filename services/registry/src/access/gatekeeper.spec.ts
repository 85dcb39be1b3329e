/** Routes that forget to say which scope they need. */
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { guardRoutes } from './gatekeeper';
import { Needs } from './scopes';
import { readAccess } from './access-settings';

@Controller()
class Careful {
  @Get('careful')
  @Needs('read')
  careful(): string {
    return 'careful';
  }
}

@Controller()
class Careless {
  @Get('careless')
  careless(): string {
    return 'careless';
  }
}

async function start(...controllers: (typeof Careful | typeof Careless)[]): Promise<NestFastifyApplication> {
  @Module({ controllers })
  class Some {}
  const adapter = new FastifyAdapter();
  guardRoutes(adapter.getInstance(), readAccess({ REGISTRY_API_KEYS: 'a:read:0123456789abcdef' }));
  const app = await NestFactory.create<NestFastifyApplication>(Some, adapter, { logger: false, abortOnError: false });
  return app.init();
}

it('a handler without @Needs stops the start', async () => {
  await expect(start(Careful, Careless)).rejects.toThrow('GET /careless does not say which scope it needs');
  const app = await start(Careful);
  expect((await app.inject('/careful')).statusCode).toBe(401);
  expect((await app.inject({ url: '/careful', headers: { 'x-api-key': '0123456789abcdef' } })).body).toBe('careful');
  await app.close();
});
