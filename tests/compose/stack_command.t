# `pgwatch-tui stack` on a real engine: what it does to the containers of its project and to no other,
# what it says when something is in the way, and what it leaves when it is interrupted.
use strict;
use warnings;

use ComposeLab;
use File::Temp ();
use IO::Socket::INET;
use StackLab;
use Test::More;

my $lab = ComposeLab->new;
my $description = StackLab::describe($lab);
my ($status, $out, $err);

sub pgwatch
{
	my ($options, @arguments) = @_;
	($status, $out, $err) = StackLab::run($lab, $options, @arguments);
	return $status;
}

sub stack
{
	my (@arguments) = @_;
	return pgwatch({}, 'stack', @arguments, '-c', $description->{file});
}

sub ok_stack
{
	my (@arguments) = @_;
	return is(stack(@arguments), 0, "stack @arguments") || diag $err;
}

# Fails with status 2; message and hint are like that.
sub fails
{
	my ($what, $message, $hint, $options, @arguments) = @_;
	my $file = $options->{description}{file} // $description->{file};
	@arguments = ('up') unless @arguments;
	pgwatch($options, 'stack', @arguments, '-c', $file);
	is($status, 2, "$what: fails");
	like($err, qr/^pgwatch-tui: error: .*$message/m, '... says what it is');
	like($err, qr/^pgwatch-tui: hint: .*$hint/m, '... and what to do');
	return;
}

sub states
{
	stack('status', '--json');
	return { map { $_->{name} => $_ } @{ JSON::PP::decode_json($out)->{nodes} } };
}

sub words
{
	my $states = states();
	return join ' ', map { $states->{$_}{state} } @ComposeLab::nodes;
}

# A health check that a busy machine was late with is put right by the next.
sub ok_words
{
	my ($want, $what) = @_;
	wait_until(30, sub { words() eq $want });
	return is(words(), $want, $what);
}

# A container of nobody's project, and one of another project with a service of the same name.
my $stranger = "$lab->{project}-x-stranger";
my $namesake = "$lab->{project}-x-namesake";

END
{
	my $kept = $?;
	$lab->docker('rm', '-f', '-v', $stranger, $namesake) if $lab;
	$? = $kept;
}

$lab->docker('run', '-d', '--name', $stranger, '--label', 'com.docker.compose.service=primary',
	'postgres:17', 'sleep', '3600');
$lab->docker('run', '-d', '--name', $namesake, '--label', 'com.docker.compose.service=replica1',
	'--label', "com.docker.compose.project=$lab->{project}-x", '--label',
	'com.docker.compose.oneoff=False', 'postgres:17', 'sleep', '3600');

sub ok_strangers
{
	my ($what) = @_;
	my @states = map { $lab->docker('inspect', '-f', '{{.State.Status}} {{.RestartCount}}', $_) // 'gone' }
	  $stranger, $namesake;
	return is("@states", 'running 0 running 0', "$what: containers of others run");
}

subtest 'before the first start' => sub {
	is(stack('status'), 2, 'status: none runs');
	is(() = $out =~ /not created/g, 3, '... and says so') or diag $out;
	my $oneoff = "$lab->{project}-x-oneoff";
	$lab->docker('run', '-d', '--name', $oneoff, '--label', 'com.docker.compose.oneoff=True', '--label',
		"com.docker.compose.project=$lab->{project}", '--label', 'com.docker.compose.service=primary',
		'postgres:17', 'sleep', '3600');
	is(words(), 'not created not created not created', 'a container of `compose run` is no node');
	ok($lab->docker('rm', '-f', '-v', $oneoff), 'it was there');
	fails('kill', 'cannot kill replica1: it is not created', 'stack up', {}, 'kill', 'replica1');
	fails('pause', 'cannot pause replica1: it is not created', 'stack up', {}, 'pause', 'replica1');
	fails('restart', 'there is no container of project', 'stack up', {}, 'restart');
	ok_stack('down');
};

subtest 'up' => sub {
	ok_stack('up');
	like($err, qr/^ Container $lab->{project}-primary  Started$/m, 'its progress goes to stderr');
	is($out, '', '... and nothing to stdout');
	StackLab::ok_healthy($lab, {}, $description->{file}, 'status is healthy right after');
	$lab->ok_whole('primary', 'a synchronous cluster');
	ok_words('running running running', 'status: all run, healthy');
	is($status, 0, '... exit status 0');
	my $states = states();
	is($states->{replica1}{pid}, undef, 'no pid of a container');
	like($states->{replica1}{detail}, qr/^Up .*\(healthy\), 127\.0\.0\.1:$lab->{port}{replica1}->5432/,
		'health and port');
	is(JSON::PP::decode_json($out)->{format}, 1, 'format 1');
	is(JSON::PP::decode_json($out)->{stack}, 'compose', 'kind');
	ok_stack('up');
	unlike($err, qr/Recreated/, 'a second up makes nothing anew');
	ok_strangers('up');
};

subtest 'logs' => sub {
	ok_stack('logs', 'replica1');
	like($out, qr/LOG:  /, 'the log goes to stdout');
	unlike($out, qr/primary  *\|/, 'of that node only');
	cmp_ok(scalar(() = $out =~ /\n/g), '<=', 100, 'at most 100 lines');
};

subtest 'kill, up NODE, restart' => sub {
	ok_stack('kill', 'replica1');
	is($lab->state_of('replica1'), 'exited', 'it is gone');
	ok_words('running crashed running', 'status says crashed');
	is($status, 1, '... exit status 1');
	is(pgwatch({}, 'status', $description->{file}), 1, 'the cluster warns');
	is(stack('kill', 'replica1'), 2, 'killing it again fails');
	like($err, qr/cannot kill replica1: it is crashed/, '... and says why');
	ok_stack('up', 'replica1');
	$lab->ok_whole('primary', 'it is back');
	my $before = $lab->docker('inspect', '-f', '{{.State.StartedAt}}', $lab->container('primary'));
	ok_stack('restart', 'replica2');
	is($lab->docker('inspect', '-f', '{{.State.StartedAt}}', $lab->container('primary')), $before,
		'the primary is the same');
	ok_stack('restart');
	isnt($lab->docker('inspect', '-f', '{{.State.StartedAt}}', $lab->container('primary')), $before,
		'restart of all is of the primary too');
	StackLab::ok_healthy($lab, {}, $description->{file}, 'and the cluster is healthy when it returns');
	ok_strangers('restart');
};

subtest 'pause and resume' => sub {
	ok_stack('pause', 'replica2');
	is($lab->state_of('replica2'), 'paused', 'it is paused');
	is((states())->{replica2}{state}, 'paused', 'status says so');
	is(stack('pause', 'replica2'), 2, 'pausing it again fails');
	ok_stack('resume', 'replica2');
	is($lab->state_of('replica2'), 'running', 'it runs');
	is(stack('resume', 'replica2'), 2, 'resuming it again fails');
	like($err, qr/cannot resume replica2: it is \w+, not paused/, '... and says why');
	ok_stack('pause', $_) for qw(replica1 replica2);
	ok_stack('resume');
	is($lab->state_of($_), 'running', "resume of all: $_ runs") for @ComposeLab::nodes;
	ok_stack('resume');
	ok_strangers('resume');
};

subtest 'stop' => sub {
	my $before = $lab->docker('inspect', '-f', '{{.Id}}', $lab->container('replica1'));
	ok_stack('stop', 'replica1');
	ok_words('running stopped running', 'one is stopped, cleanly');
	ok_stack('stop', 'replica1');
	ok_stack('pause', 'replica2');
	ok_stack('stop');
	is(words(), 'stopped stopped stopped', 'all are stopped, cleanly, also who was frozen');
	ok_stack('up');
	is($lab->docker('inspect', '-f', '{{.Id}}', $lab->container('replica1')), $before,
		'the containers are kept');
	$lab->ok_whole('primary', 'all is as before');
	ok_strangers('stop');
};

subtest 'down NODE, down, down --volumes' => sub {
	$lab->ok_row('primary', 'kept');
	ok_stack('down', 'replica1');
	is((states())->{replica1}{state}, 'stopped', 'stopped cleanly');
	fails('the data of one', 'are not removed', 'docker volume rm', {}, 'down', 'replica1', '--volumes');
	ok_stack('down');
	is(words(), 'not created not created not created', 'all are gone');
	is($status, 2, '... exit status 2');
	ok_stack('up');
	is($lab->rows('primary'), 1, 'the data were kept');
	ok_stack('down', '--volumes');
	is_deeply([ grep { !/-x-/ } $lab->left ], [], 'nothing is left');
	ok_strangers('down --volumes');
};

# ---- what is in the way

# A folder for PATH with these programs only.
sub path_of
{
	my (%programs) = @_;
	my $folder = File::Temp->newdir('pgwatch-path-XXXXXX', TMPDIR => 1);
	for my $name (keys %programs)
	{
		open my $file, '>', "$folder/$name" or die "$folder: $!\n";
		print $file "#!/bin/sh\n$programs{$name}\n";
		close $file;
		chmod 0755, "$folder/$name";
	}
	return $folder;
}

subtest 'no docker, no compose, no engine' => sub {
	my $nothing = path_of();
	fails('no docker', 'there is no docker', 'install Docker', { env => { PATH => "$nothing" } });
	my $bare = path_of(docker => "echo \"docker: 'compose' is not a docker command.\" >&2; exit 1");
	fails('no Compose', 'neither `docker compose` nor `docker-compose` is there', 'Compose plugin',
		{ env => { PATH => "$bare" } });
	my $nowhere = { env => { DOCKER_HOST => 'unix:///nonexistent' } };
	fails('engine down', 'Cannot connect to the Docker daemon at unix:///nonexistent',
		'systemctl start docker', $nowhere);
	fails("engine down, $_", 'Cannot connect to the Docker daemon', 'systemctl start docker', $nowhere, $_)
	  for qw(status restart);
};

subtest 'no permission on the socket' => sub {
	plan skip_all => 'only root can be an ordinary user for a moment' if $> != 0;
	my $home = File::Temp->newdir('pgwatch-home-XXXXXX', TMPDIR => 1);
	my $socket_file = "$home/docker.sock";
	my $socket = IO::Socket::UNIX->new(Local => $socket_file, Listen => 1) or die "$socket_file: $!\n";
	chmod 0755, $home;
	chmod 0600, $socket_file;
	fails('an ordinary user', 'permission denied while trying to connect', 'group docker',
		{ env => { HOME => "$home", DOCKER_HOST => "unix://$socket_file" },
			before => [ 'setpriv', '--reuid=65534', '--regid=65534', '--clear-groups' ] });
};

# A copy of the compose file with its directories, changed.
sub copy
{
	my ($path, $change) = @_;
	my $folder = File::Temp->newdir('pgwatch-copy-XXXXXX', TMPDIR => 1);
	system('cp', '-R', map({ "$ComposeLab::checkout/$_" } qw(docker-compose.yml primary replica-one replica-two)),
		"$folder") == 0 or die "cp\n";
	open my $in, '<', "$folder/$path" or die "$path: $!\n";
	local $_ = do { local $/; <$in> };
	$change->();
	open my $file, '>', "$folder/$path" or die "$path: $!\n";
	print $file $_;
	close $file;
	return $folder;
}

subtest 'images' => sub {
	my $folder = copy('primary/Dockerfile', sub { $_ .= "\nRUN echo 'this cannot be' >&2; exit 3\n" });
	my $broken = StackLab::describe($lab, compose_file => "$folder/docker-compose.yml");
	fails('a build that fails', 'exit code: 3', 'cannot be built', { description => $broken });
	like($err, qr/this cannot be/, 'what it said is shown');
	fails('an image that is not there', 'postgres[:\/].*no-such', 'POSTGRES_IMAGE',
		{ env => { POSTGRES_IMAGE => 'postgres:no-such' } });
};

subtest 'description and compose file' => sub {
	my $missing = StackLab::describe($lab, compose_file => '/nonexistent/docker-compose.yml');
	pgwatch({}, 'stack', 'up', '-c', $missing->{file});
	cmp_ok($status, '>', 0, 'no compose file: fails') && like($err, qr{/nonexistent/docker-compose.yml},
		'... and names it');
	my $unknown = StackLab::describe($lab, service => { replica1 => 'nobody' });
	fails('an unknown service', 'no such service: nobody', '`service`', { description => $unknown },
		'up', 'replica1');
	my $watched = StackLab::describe($lab, lab => 0);
	fails("no lab: $_", 'is not declared a lab', 'lab: true', { description => $watched }, split / /)
	  for 'up', 'kill primary', 'down --volumes';
};

subtest 'port taken' => sub {
	my $port = $lab->{port}{replica1};
	my $socket = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', LocalPort => $port,
		ReuseAddr => 1) or die "$port: $!\n";
	fails('by a process', 'address already in use',
		"port $port of 127\\.0\\.0\\.1 is taken by process $$ ");
	close $socket;
	ok_stack('down', '--volumes');
	$lab->docker('rm', '-f', '-v', $stranger);
	$lab->docker('run', '-d', '--name', $stranger, '-p', "127.0.0.1:$port:5432", 'postgres:17', 'sleep', '3600');
	fails('by a container', 'port is already allocated', "the port is had by container $stranger\$");
	ok_stack('down', '--volumes');
	ok_strangers('port taken');
	$lab->docker('stop', '-t', '0', $stranger);
};

subtest 'name taken' => sub {
	my $taken = $lab->container('replica2');
	$lab->docker('create', '--name', $taken, 'postgres:17', 'true');
	fails('a name', "\"/$taken\" is already in use", 'CONTAINER_PREFIX');
	ok($lab->docker('inspect', $taken), 'whose name it is is still there');
	$lab->docker('rm', '-v', $taken);
	ok_stack('down', '--volumes');
};

# Starts `stack up`, waits until it has said the pattern, interrupts it; the rest of what it said.
sub interrupted
{
	my ($pattern, $signal) = @_;
	my ($output, $before) = ('', '');
	local @ENV{ keys %{ $lab->{env} } } = values %{ $lab->{env} };
	my $harness = IPC::Run::start([ $StackLab::program, 'stack', 'up', '-c', $description->{file} ],
		'<', \undef, '>&', \$output, IPC::Run::timeout(120));
	$harness->pump until $output =~ $pattern || !$harness->pumpable;
	my @children = map { split } qx(ps -o pid= --ppid $harness->{KIDS}[0]{PID});
	$harness->signal($signal);
	eval { $harness->finish; 1 } or $harness->kill_kill;
	$status = $harness->full_result(0) >> 8;
	is((grep { kill 0, $_ } @children), 0, "the child is gone after $signal");
	return $output;
}

subtest 'interrupted' => sub {
	for ([ INT => 130 ], [ TERM => 143 ])
	{
		my ($signal, $want) = @$_;
		ok_stack('down', '--volumes'); # so that there is something to make
		my $said = interrupted(qr/ Container .* Creat/, $signal);
		is($status, $want, "$signal: exit status");
		like($said, qr/error: compose up was cancelled/, '... says so');
		like($said, qr/hint: (?:left: (?:primary|replica1|replica2) \w+|no container is there).*stack down/,
			'... and what is left');
	}
	ok_stack('up');
	StackLab::ok_healthy($lab, {}, $description->{file}, 'up goes on from there');
	ok_stack('down', '--volumes');
	is_deeply([ grep { !/-x-/ } $lab->left ], [], 'nothing is left');
	$lab->docker('start', $stranger);
	ok_strangers('at the end');
};

done_testing();
