#!/bin/sh
exec supervisord
