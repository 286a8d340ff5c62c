# `pgwatch-tui stack` where docker has no Compose plugin, but docker-compose 1.29 is there.
use strict;
use warnings;

use ComposeLab;
use File::Temp ();
use StackAsk;
use StackLab;
use Test::More;

my $folder = File::Temp->newdir('pgwatch-stack-v1-XXXXXX', TMPDIR => 1);

# Unpacked into a temporary folder where it is not installed; ends the test when it cannot be had.
sub find_v1
{
	return 'docker-compose' if qx(sh -c 'docker-compose version --short' 2>&1) =~ /^1\./;
	mkdir "$folder/partial";
	my $said = qx(apt-get -o Dir::Cache::archives=$folder -o APT::Sandbox::User=root \\
		-o Debug::NoLocking=1 -qq -y --no-install-recommends --download-only \\
		install docker-compose 2>&1);
	my @packages = glob "$folder/*.deb"
	  or plan skip_all => "docker-compose is not here, and apt-get does not give it: $said";
	system('dpkg', '-x', $_, "$folder/root") for @packages;
	my $command = "env PYTHONPATH=$folder/root/usr/lib/python3/dist-packages $folder/root/usr/bin/docker-compose";
	my $version = qx($command version --short 2>&1);
	$version =~ /^v?2/ and plan skip_all => 'the docker-compose of this Debian is version 2';
	$version =~ /^1\./ or die "docker-compose does not run: $version";
	return $command;
}

sub program
{
	my ($name, $text) = @_;
	open my $file, '>', "$folder/bin/$name" or die "$name: $!\n";
	print $file "#!/bin/sh\n$text\n";
	close $file;
	chmod 0755, "$folder/bin/$name";
	return;
}

my $standalone = find_v1();
chomp(my $docker = qx(sh -c 'command -v docker'));
mkdir "$folder/bin";
program('docker', qq{[ "\$1" != compose ] || { echo "docker: 'compose' is not a docker command." >&2; exit 1; }\n}
	  . qq{exec $docker "\$@"});
program('docker-compose', qq{exec $standalone "\$@"});

my $lab = ComposeLab->new(command => ["$folder/bin/docker-compose"]);
my $description = StackLab::describe($lab);
our $env = { PATH => "$folder/bin:$ENV{PATH}" };
my ($status, $out, $err);

sub pgwatch
{
	($status, $out, $err) = StackLab::run($lab, { env => $env }, @_);
	return $status;
}

sub ok_stack
{
	my (@arguments) = @_;
	return is(pgwatch('stack', @arguments, '-c', $description->{file}), 0, "stack @arguments") || diag $err;
}

sub fails
{
	my ($what, $message, $hint, $options) = @_;
	local $env = { %$env, %$options };
	is(pgwatch('stack', 'up', '-c', $description->{file}), 2, "$what: fails");
	like($err, qr/^pgwatch-tui: error: .*$message/m, '... says what it is');
	like($err, qr/^pgwatch-tui: hint: .*$hint/m, '... and what to do');
	return;
}

ok_stack('up');
StackLab::ok_healthy($lab, { env => $env }, $description->{file}, 'status is healthy right after');
$lab->ok_whole('primary', 'a synchronous cluster');
is(pgwatch('stack', 'status', '-c', $description->{file}) < 2, 1, 'stack status');
like($out, qr/^primary +(?:running|starting) .*127\.0\.0\.1:$lab->{port}{primary}->5432/m, 'shows the ports');
ok_stack('logs', 'replica1');
like($out, qr/LOG:  /, 'the log');
ok_stack('kill', 'replica1');
is($lab->state_of('replica1'), 'exited', 'killed');
ok_stack('up', 'replica1');
$lab->ok_whole('primary', 'back');
ok_stack('pause', 'replica2');
is($lab->state_of('replica2'), 'paused', 'paused');
ok_stack('resume');
is($lab->state_of('replica2'), 'running', 'runs');
ok_stack('restart', 'replica2');

sub asked
{
	my ($verb, $node) = @_;
	my $answer = ask_stack($description->{file}, $verb, $node, env => { %{ $lab->{env} }, %$env });
	diag $answer->{message} if !$answer->{ok};
	return join "\n", map { "@$_" } @{ $answer->{lines} };
}

like(my $identity = asked('identity', 'replica1'), qr/^replica1 [0-9a-f-]{36} \d+$/, 'identity');
ok_stack('cut', 'replica1');
is($lab->sql('replica1', 'SELECT 1'), undef, 'cut');
ok_stack('stop', 'replica1');
is(asked('identity', 'replica1'), $identity, 'identity of who is stopped');
like(asked('wal-end', 'replica1'), qr/^replica1 1 [0-9A-F]+\/[0-9A-F]+$/, 'the end of its WAL');
ok_stack('up', 'replica1');
$lab->ok_whole('primary', 'up joins who is cut');
ok_stack('down');
ok_stack('down', '--volumes');
is_deeply([ $lab->left ], [], 'nothing is left');

fails('engine down', 'Cannot connect to the Docker daemon|Couldn\'t connect|Error while fetching server API version', 'systemctl start docker',
	{ DOCKER_HOST => 'unix:///nonexistent' });
fails('an image that is not there', 'no such host|manifest unknown|not found', 'POSTGRES_IMAGE',
	{ POSTGRES_IMAGE => 'postgres:no-such' });
my $stranger = "$lab->{project}-x-stranger";
END
{
	my $kept = $?;
	$lab->docker('rm', '-f', '-v', $stranger) if $stranger;
	$? = $kept;
}
$lab->docker('run', '-d', '--name', $stranger, '-p', "127.0.0.1:$lab->{port}{primary}:5432", 'postgres:17',
	'sleep', '3600');
fails('port taken', 'port is already allocated', "the port is had by container $stranger\$", {});
ok_stack('down', '--volumes');

done_testing();
